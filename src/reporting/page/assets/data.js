// From the numbers in the page to arrays.
function floats(text) {
  const bytes = Uint8Array.from(atob(text || ""), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

const finite = (value) => (Number.isFinite(value) ? value : null);

// A value with few digits; lost is what is not finite.
function shown(value) {
  if (value === null || value === undefined) return "-";
  if (!Number.isFinite(value)) return "lost";
  const size = Math.abs(value);
  return size && (size < 1e-3 || size >= 1e5) ? value.toExponential(2) : String(Number(value.toPrecision(3)));
}

const opened = new WeakMap();

// The arrays of a curve {x, y, low, high}, decoded once.
function curve(packed) {
  if (!packed) return null;
  if (!opened.has(packed)) {
    opened.set(packed, Object.fromEntries(Object.entries(packed).map(([name, text]) => [name, floats(text)])));
  }
  return opened.get(packed);
}

// Pairs (x, y) of a flat array, null where a line breaks.
function pairs(text) {
  const flat = floats(text);
  return Array.from({ length: flat.length / 2 }, (_, k) =>
    Number.isFinite(flat[2 * k]) && Number.isFinite(flat[2 * k + 1]) ? [flat[2 * k], flat[2 * k + 1]] : [null, null]);
}

function save(name, text, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Quoted where needed; words that a spreadsheet would take for a formula get an apostrophe.
function cell(value) {
  if (typeof value === "number") return String(value);
  const text = value === null || value === undefined ? "" : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) && text !== "-" ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const csv = (columns, rows) => [columns, ...rows].map((row) => row.map(cell).join(",")).join("\n") + "\n";

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made && name !== "list" && name !== "role") made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function textTable(columns, rows, caption) {
  const head = element("tr", {}, ...columns.map((word) => element("th", { scope: "col" }, word)));
  const body = rows.map((row) => element("tr", {}, ...row.map((value) =>
    element("td", { className: typeof value === "number" ? "number" : "" }, typeof value === "number" ? shown(value) : String(value ?? "-")))));
  const table = element("table", {}, element("caption", {}, caption), element("thead", {}, head), element("tbody", {}, ...body));
  return element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": caption }, table);
}
