// Runs after chat.js, in the panel above the list of articles: files dropped or chosen are sent
// one by one, then the server is told their names; a search and dates go with a short delay.

const tools = document.getElementById("panel-library");
// What is said here comes in the reader's language with the markup, places to fill in it.
const fill = (name, values = {}) =>
  element.querySelector(".shelf-tools").dataset[name].replace(/%\((\w+)\)s/g, (_, key) => values[key]);
const say = (text) => {
  const it = element.querySelector(".sending");
  if (it) it.textContent = text;
};

async function sendFiles(files) {
  const drop = element.querySelector(".drop");
  if (!drop || !files.length || element.dataset.sending) return;
  const [most, bytes] = [Number(drop.dataset.files), Number(drop.dataset.bytes)];
  if (files.length > most) return say(fill("most", { count: most }));
  const large = files.find((file) => file.size > bytes);
  if (large) return say(fill("large", { name: large.name, size: bytes / 1_000_000 }));
  element.dataset.sending = "yes";
  const sent = [];
  try {
    for (const [at, file] of files.entries()) {
      say(fill("progress", { number: at + 1, total: files.length }));
      sent.push({ path: (await upload(file)).path, name: file.name });
    }
    say("");
    trigger("add_articles", { files: sent, addresses: [] });
  } catch {
    say(fill("lost"));
  } finally {
    delete element.dataset.sending;
  }
}

local.addAddress = () => {
  const field = element.querySelector("#add-address");
  const address = field.value.trim();
  if (!address) return field.focus();
  field.value = "";
  trigger("add_articles", { files: [], addresses: [address] });
};

let waiting;
element.addEventListener("input", (event) => {
  const { shelf } = event.target.dataset;
  if (!shelf) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => trigger("arrange", { [shelf]: event.target.value }), 250);
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.id === "add-address") local.addAddress();
});
element.addEventListener("change", (event) => {
  if (event.target.id !== "add-files") return;
  const files = [...event.target.files];
  event.target.value = ""; // or choosing the same file again would change nothing
  sendFiles(files);
});
// "Use all" is in the list, the dates are here.
tools.addEventListener("click", (event) => {
  if (event.target.closest("[data-do=untick]")) {
    element.querySelectorAll("input[type=date]").forEach((field) => { field.value = ""; });
  }
});

for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  tools.addEventListener(kind, (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    tools.classList.toggle("dropping", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") sendFiles([...event.dataTransfer.files]);
  });
}
