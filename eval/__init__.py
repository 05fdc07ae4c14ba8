"""Question sets, metrics and comparable runs: did the answers get better?

sets.py       one question a line, checked; where its gold evidence lies in the articles
formats.py    readers: the project's own format, SQuAD 2.0, BEIR, MTRAG, RealTimeQA
metrics/      pure: retrieval, answers, citations, refusals, agreement
score.py      one answered question -> its values; values -> averages with intervals
bootstrap.py  95 % intervals, single and paired
records.py    what is kept of each answer, appended and flushed to disk one by one
run.py        asks the questions, resumes, writes the folder of a run
report.py     report.md and report.html; plots.py draws, templates/ lays out
notebook.py   a run in a notebook: a card, a pandas table
compare.py    two runs question by question
calibrate.py  the abstention threshold, fitted on a run
judge.py      an optional language model as judge, and its agreement with gold
numbers.py    the committed runs' figures, written into README.md and docs/eval.md
"""
