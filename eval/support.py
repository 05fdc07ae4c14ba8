"""The project's own support check as the judge of citations.

Figures made with it say how well the answers satisfy our own check, not whether they are
true; reports label them so. Gold evidence and blind labels are the headline.
"""

from __future__ import annotations

from eval.metrics.citations import Supports
from rag.cite import EmbeddingScorer, check
from rag.embed import Embedder, RememberingEmbedder


def support_check(embedder: Embedder) -> Supports:
    """Whether evidence fully supports a claim, by `rag.cite.check`; "partly" counts as no.

    As in WiCE (Kamoi et al., EMNLP 2023) with partially supported taken as not supported.
    """
    scorer = EmbeddingScorer(RememberingEmbedder(embedder))

    def supports(claim: str, evidence: str) -> bool:
        # A quotation is as like itself as can be; there is no need to encode it twice.
        similarity = 1.0 if claim == evidence else scorer.score([(claim, evidence)])[0]
        return check(claim, evidence, similarity=similarity).verdict == "supported"

    return supports
