// Everything in its place.
const pick = (words, current, set, label) => (tools, redraw) => {
  const select = element("select", {}, ...Object.entries(words).map(([name, word]) => element("option", { value: name, selected: name === current }, word)));
  select.setAttribute("aria-label", label);
  select.addEventListener("change", () => { set(select.value); redraw(); });
  tools.append(select);
};
const pickRun = ({ data: point }) => point?.name && data.runs[point.name] && choose(point.name, !state.chosen.has(point.name));

document.getElementById("controls").hidden = false;
document.querySelectorAll(".tools").forEach((tools) => { tools.hidden = false; });
document.getElementById("system").addEventListener("change", (event) => { state.system = event.target.value; changed(); });
document.getElementById("singles").addEventListener("change", (event) => { state.singles = event.target.checked; changed(); });
document.getElementById("filter").addEventListener("input", sift);
document.getElementById("runs-csv").addEventListener("click", runsCsv);
dark.addEventListener("change", changed);

fillControls();
watchers.push(fillControls);
chart("energy", "Energy over time", "Change of the true energy along the rollouts, in energy scales: median and the middle 80 % over rollouts and seeds.", drawEnergy);
chart("horizon", "Drift against horizon", "Rms change of the true energy up to each horizon: median rollout; the band is the range of the seeds.", drawHorizon);
chart("phase", "Phase portraits", "Level sets of the true (grey) and of the learned energy (dashed, after a linear fit), and a rollout.", () => drawPortraits(document.querySelector("#phase .chart").clientWidth || 800), { wide: true });
drawMotion();
chart("training", "Training", "Median over seeds, and their range.", drawTraining, { tools: pick(TRAINING, trainingCurve, (name) => { trainingCurve = name; }, "Training curve") });
chart("cost", "Cost against accuracy", "One point for each run; click it to see the run by itself.", drawCost, {
  click: pickRun,
  tools: (tools, redraw) => {
    pick(COSTS, cost, (name) => { cost = name; }, "Cost")(tools, redraw);
    pick(ACCURACIES, accuracy, (name) => { accuracy = name; }, "Accuracy")(tools, redraw);
  },
});
dressTable();
window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => { one.open = false; }));
if (data.live !== null) follow();
document.documentElement.dataset.ready = "yes";
