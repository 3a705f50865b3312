// The table of runs: sorted by any column, filtered by words, ticked to see single runs in the plots.
const sorting = { column: null, down: false };
const rowsOf = () => [...document.querySelectorAll("#runs tbody tr")];
const numeric = (text) => (text === "-" ? Infinity : Number(text));

function dressTable() {
  const table = document.getElementById("runs");
  [...table.tHead.rows[0].cells].forEach((head, k) => {
    const made = element("button", { type: "button" }, ...head.childNodes);
    made.addEventListener("click", () => { sorting.down = sorting.column === k && !sorting.down; sorting.column = k; arrange(); });
    head.replaceChildren(made);
  });
  rowsOf().forEach((row) => {
    const name = row.dataset.run, box = element("input", { type: "checkbox", checked: state.chosen.has(name) });
    box.setAttribute("aria-label", `show ${name} in the plots`);
    box.addEventListener("change", () => choose(name, box.checked));
    row.cells[0].replaceChildren(element("label", {}, box, name));
  });
  arrange();
  sift();
}

// Tick a run: the plots turn to its system and draw it by itself.
function choose(name, on) {
  state.chosen[on ? "add" : "delete"](name);
  const run = data.runs[name], group = data.groups.find((one) => one.id === run.group);
  if (on) {
    state.system = run.system;
    state.asked.add(group.id);
    state.hidden.delete(group.id);
  }
  markRows();
  changed();
}

function markRows() {
  rowsOf().forEach((row) => {
    const on = state.chosen.has(row.dataset.run);
    row.classList.toggle("chosen", on);
    row.querySelector("input").checked = on;
  });
}

function arrange() {
  const table = document.getElementById("runs");
  [...table.tHead.rows[0].cells].forEach((head, k) => {
    if (k === sorting.column) head.setAttribute("aria-sort", sorting.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
  if (sorting.column === null) return;
  const key = new Map(rowsOf().map((row) => [row, row.cells[sorting.column].textContent.trim()]));
  const numbers = [...key.values()].every((text) => text === "-" || (text !== "" && !Number.isNaN(Number(text))));
  const order = (a, b) => (numbers ? numeric(key.get(a)) - numeric(key.get(b)) || 0 : key.get(a).localeCompare(key.get(b), undefined, { numeric: true }));
  const rows = [...key.keys()].sort((a, b) => (sorting.down ? order(b, a) : order(a, b)));
  // What has no number stays last, whichever way the others run.
  if (numbers) rows.sort((a, b) => (key.get(a) === "-") - (key.get(b) === "-"));
  table.tBodies[0].append(...rows);
}

function sift() {
  const words = document.getElementById("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  const rows = rowsOf();
  rows.forEach((row) => {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    count += !row.hidden;
  });
  document.getElementById("shown").textContent = words.length ? `${count} of ${rows.length} rows` : "";
}

function runsCsv() {
  const heads = [...document.querySelectorAll("#runs thead th")].map((head) => head.textContent.trim());
  const rows = rowsOf().filter((row) => !row.hidden).map((row) => [...row.cells].map((one) => one.textContent.trim()));
  save("runs.csv", csv(heads, rows), "text/csv");
}
