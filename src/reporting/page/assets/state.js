// What is shown: one system, some groups of runs, some single runs. All plots look here.
let data = JSON.parse(document.getElementById("data").textContent);
const MOST_SHOWN = 6;
const state = { system: null, hidden: new Set(), asked: new Set(), chosen: new Set(), singles: false };
const watchers = [];
const DASHES = ["solid", "dashed", "dotted", [8, 3, 2, 3]];
const MARKS = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect"];
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

const changed = () => watchers.forEach((watch) => watch());
const groupsOf = (system) => data.groups.filter((group) => group.system === system);
const value = (group) => data.runs[group.typical]?.values.energy_drift ?? Infinity;

// Without a choice of one's own: the groups that drift least, and what they are compared with.
function isShown(group) {
  if (state.hidden.has(group.id)) return false;
  if (state.asked.has(group.id)) return true;
  const all = groupsOf(group.system);
  if (all.length <= MOST_SHOWN) return true;
  const best = [...all].sort((a, b) => value(a) - value(b)).slice(0, MOST_SHOWN - 1);
  return best.includes(group) || group === all.filter((one) => one.model === "baseline")[0];
}

const visible = () => groupsOf(state.system).filter(isShown);
const system = () => data.systems.find((one) => one.name === state.system);
const runsOf = (group) => group.runs.filter((run) => state.singles || state.chosen.has(run));
const withUnit = (word) => (system()?.unit ? `${word} (${system().unit})` : word);

// Groups of one model share its colour, and differ in dash and mark.
function look(group) {
  const rank = groupsOf(group.system).filter((one) => one.model === group.model).indexOf(group);
  return { color: tone(group.color), dash: DASHES[rank % DASHES.length], mark: MARKS[(modelRank(group.model) + rank) % MARKS.length] };
}

const modelRank = (model) => [...new Set(data.groups.map((group) => group.model))].indexOf(model);
const NAMES = { hnn: "HNN", lnn: "LNN", separable_hnn: "separable HNN" };
const title = (group) => group.label.replace(group.model, NAMES[group.model] ?? group.model);

// On a dark ground colours are lighter where they need to be, and only so far that they stay apart.
function tone(color) {
  if (!dark.matches) return color;
  let parts = [1, 3, 5].map((k) => parseInt(color.slice(k, k + 2), 16));
  while (luminance(parts) < LEAST_LUMINANCE) parts = parts.map((part) => part + (255 - part) * 0.1);
  return `rgb(${parts.map(Math.round).join(", ")})`;
}

// Four to one against the darkest ground, as WCAG 2 counts.
const LEAST_LUMINANCE = 0.185;
function luminance(parts) {
  const linear = parts.map((part) => (part > 10 ? ((part / 255 + 0.055) / 1.055) ** 2.4 : part / 3294.6));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function fillControls() {
  const select = document.getElementById("system");
  const names = data.systems.map((one) => one.name);
  if (!names.includes(state.system)) state.system = names[0] ?? null;
  select.replaceChildren(...names.map((name) => element("option", { value: name, selected: name === state.system }, name)));
  select.disabled = names.length < 2;
  const labels = groupsOf(state.system).map((group) => {
    const { color, dash } = look(group);
    const box = element("input", { type: "checkbox", checked: isShown(group) });
    box.dataset.group = group.id;
    box.addEventListener("change", () => {
      state[box.checked ? "asked" : "hidden"].add(group.id);
      state[box.checked ? "hidden" : "asked"].delete(group.id);
      changed();
    });
    const swatch = element("span", { className: "swatch" });
    swatch.style.borderTop = `3px ${Array.isArray(dash) ? "double" : dash} ${color}`;
    return element("label", {}, box, swatch, title(group));
  });
  const legend = document.getElementById("legend");
  const focused = document.activeElement?.dataset?.group;
  legend.replaceChildren(legend.firstElementChild, ...labels);
  if (focused) legend.querySelectorAll("input").forEach((box) => box.dataset.group === focused && box.focus());
}

function say(words) { document.getElementById("status").textContent = words; }
