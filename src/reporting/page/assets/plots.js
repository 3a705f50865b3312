// The plots: each turns the state into an option of ECharts and into rows of numbers.
const axis = (name, more = {}) => ({
  name, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: ink("text"), fontSize: 13 }, type: "value", ...more,
  axisLine: { show: true, onZero: false, lineStyle: { color: ink("soft") } }, axisLabel: { color: ink("soft"), fontSize: 12, hideOverlap: true, ...more.axisLabel },
  splitLine: { lineStyle: { color: ink("line"), width: 0.6 } }, minorTick: { show: false },
});

const power = (size) => {
  const exponent = Math.round(Math.log10(size));
  return Math.abs(size / 10 ** exponent - 1) > 1e-6 ? shown(size) : exponent >= -2 && exponent <= 3 ? String(Number(size.toPrecision(3))) : `1e${exponent}`;
};
const logAxis = (name, more = {}) => axis(name, { type: "log", axisLabel: { formatter: power }, ...more });

const tip = (trigger) => ({
  trigger, confine: true, backgroundColor: ink("panel"), borderColor: ink("line"), textStyle: { color: ink("text"), fontSize: 12 }, renderMode: "richText",
});

const base = (x, y, more = {}) => ({
  grid: { left: 70, right: 16, top: 14, bottom: 48 }, xAxis: x, yAxis: y, tooltip: { ...tip("axis"), valueFormatter: shown },
  dataZoom: [{ type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseMove: "ctrl", preventDefaultMouseMove: false }], ...more,
});

// Decades that hold what is drawn: of medians, not of what ran away.
function decades(values, floor) {
  const held = values.filter((one) => Number.isFinite(one) && one > 0);
  if (!held.length) return {};
  const low = Math.max(floor, Math.min(...held)), high = Math.min(1e6, Math.max(...held));
  return { min: 10 ** Math.floor(Math.log10(low)), max: 10 ** Math.ceil(Math.log10(high * 1.0001)), narrow: high < 20 * low && [low, high] };
}

// An axis over such a range: logarithmic, unless less than a decade or so is held.
function ranged(name, { narrow, ...range }, more = {}) {
  if (!narrow) return logAxis(name, { ...range, ...more });
  const room = 0.08 * (narrow[1] - narrow[0]) || 0.5 * narrow[1];
  return axis(name, { min: Number((narrow[0] - room).toPrecision(2)), max: Number((narrow[1] + room).toPrecision(2)), axisLabel: { formatter: shown, showMinLabel: false, showMaxLabel: false }, ...more });
}

// A band as one closed shape; what is below the floor of a log axis stands on it, what is lost runs out at the top.
function bandSeries(name, line, color, floor, ceiling) {
  const onto = (one) => (Number.isFinite(one) ? Math.min(Math.max(one, floor), ceiling) : ceiling);
  const from = line.x[0] > 0 ? 0 : 1;
  const corners = Array.from(line.x, (x, k) => [x, onto(line.low[k]), onto(line.high[k])]).slice(from);
  return {
    type: "custom", name, silent: true, tooltip: { show: false }, data: [corners.flat()], clip: true, z: 1, encode: { x: [], y: [] },
    renderItem: (_, api) => ({
      type: "polygon",
      shape: { points: [...corners.map(([x, low]) => api.coord([x, low])), ...[...corners].reverse().map(([x, , high]) => api.coord([x, high]))] },
      style: { fill: color, opacity: 0.16 },
    }),
  };
}

function lineSeries(name, line, { color, dash }, floor, more = {}) {
  const points = Array.from(line.x, (x, k) => [x, Number.isFinite(line.y[k]) ? Math.max(line.y[k], floor) : null]);
  return {
    type: "line", name, showSymbol: false, data: points.filter(([x]) => x > 0 || !more.logX), z: 3, ...more,
    lineStyle: { color, type: dash, width: 2.2, ...more.lineStyle }, itemStyle: { color }, emphasis: { focus: "none", disabled: true },
  };
}

// Lines of all shown groups with their bands, and single runs where they are asked for.
function lines(pick, { floor, logX = false, bandWords, yName, xName, extra = [], top = Infinity }) {
  const rows = [], drawn = [], heights = [];
  const shownGroups = visible();
  shownGroups.forEach((group) => {
    const line = curve(pick(group));
    if (line) heights.push(...Array.from(line.y).filter((one) => one > floor), ...Array.from(line.low ?? []).filter((one) => one > floor));
  });
  const range = decades(heights.length ? heights : [floor * 10], floor);
  range.min ??= floor;
  range.max = Math.min(range.max ?? 1, top);
  if (range.narrow) [range.min, range.max] = [0, range.narrow[1] * 1e3];
  shownGroups.forEach((group) => {
    const line = curve(pick(group)), style = look(group);
    if (!line) return;
    const single = group.runs.length === 1 && bandWords === "range of the seeds";
    if (line.low && !single) drawn.push(bandSeries(`${title(group)}, ${bandWords}`, line, style.color, range.min, range.max));
    drawn.push(lineSeries(title(group), line, style, range.min, { logX }));
    line.x.forEach((x, k) => rows.push([title(group), x, finite(line.y[k]), finite(line.low?.[k]), finite(line.high?.[k])]));
    runsOf(group).forEach((name) => {
      const own = curve(pick(data.runs[name]));
      if (!own) return;
      const bold = state.chosen.has(name);
      drawn.push(lineSeries(name, own, style, range.min, { logX, lineStyle: { width: bold ? 2 : 0.9, opacity: bold ? 1 : 0.6 } }));
      own.x.forEach((x, k) => rows.push([name, x, finite(own.y[k]), null, null]));
    });
  });
  if (!drawn.length) return null;
  const x = logX ? logAxis(xName, { min: "dataMin", max: "dataMax" }) : axis(xName, { min: 0, max: "dataMax", axisLabel: { formatter: (value) => Number(value.toPrecision(3)).toLocaleString("en") } });
  const option = base(x, ranged(yName, range, { nameGap: 54 }));
  option.series = [...drawn, ...extra.filter(Boolean).map((make) => make(range))];
  return { option, columns: ["line", xName, yName, `low (${bandWords})`, "high"], rows };
}

function training(range, x) {
  const horizon = system()?.horizon;
  if (!horizon) return null;
  return () => ({
    type: "line", name: "training horizon", data: [], silent: true, tooltip: { show: false },
    markArea: { silent: true, z: 0, itemStyle: { color: ink("shade"), opacity: 0.9 }, label: { show: true, position: "insideTopLeft", distance: 3, color: ink("soft"), fontSize: 11 }, data: [[{ name: "trained on", xAxis: x }, { xAxis: horizon }]] },
    z: 0,
  });
}

function ended(words, pick) {
  const parts = visible().map((group) => {
    const line = curve(pick(group));
    return line ? `${title(group)} ${shown(line.y[line.y.length - 1])}` : null;
  }).filter(Boolean);
  return `${words} on ${state.system}, at the end: ${parts.join("; ")}`;
}

const ENERGY_FLOOR = 1e-8;

function drawEnergy() {
  const reference = curve(system()?.energy);
  const truth = reference && (({ min }) => lineSeries("truth (reference solution)", reference, { color: ink("truth"), dash: "dotted" }, min, { lineStyle: { width: 1.2 } }));
  const pick = (one) => one?.energy;
  const made = lines(pick, { floor: ENERGY_FLOOR, bandWords: "10 % to 90 % of rollouts", yName: "energy error |H − H₀| / scale", xName: withUnit("time"), extra: [training(null, 0), truth] });
  return made && { ...made, summary: ended("Energy error", pick) };
}

function drawHorizon() {
  const pick = (one) => one?.horizon;
  const made = lines(pick, { floor: ENERGY_FLOOR, logX: true, bandWords: "range of the seeds", yName: "rms energy drift / scale", xName: withUnit("horizon"), extra: [training(null, "min")] });
  return made && { ...made, summary: ended("Energy drift by horizon", pick) };
}

let trainingCurve = "validation";
const TRAINING = { validation: "validation loss", training: "training loss", drift: "validation energy drift" };

function drawTraining() {
  const pick = (one) => one?.training?.[trainingCurve];
  const made = lines(pick, { floor: 1e-12, bandWords: "range of the seeds", yName: TRAINING[trainingCurve], xName: "step", extra: unfinished() });
  return made && { ...made, summary: ended(TRAINING[trainingCurve], pick) };
}

const unfinished = () => Object.entries(data.unfinished ?? {}).map(([name, run]) => {
  const line = curve(run.training[trainingCurve]);
  return line && (({ min }) => lineSeries(`${name} (running)`, line, { color: ink("soft"), dash: "solid" }, min, { lineStyle: { width: 1.2 } }));
});

const COSTS = { seconds: "training (s)", parameters: "weights", evaluations: "evaluations of the field in rollouts" };
const ACCURACIES = { energy_drift: "energy drift / scale", derivative_mse: "derivative error", derivative_error: "derivative error, noise-free states" };
let cost = "seconds", accuracy = "energy_drift";

function drawCost() {
  const rows = [];
  const drawn = visible().map((group) => {
    const points = group.runs.map((name) => ({ name, value: [data.runs[name].values[cost], data.runs[name].values[accuracy]] })).filter((one) => one.value.every((part) => part > 0));
    points.forEach((one) => rows.push([one.name, title(group), ...one.value]));
    const { color, mark } = look(group);
    return {
      type: "scatter", name: title(group), symbol: mark, symbolSize: (_, { name }) => (state.chosen.has(name) ? 18 : 11), data: points,
      itemStyle: { color, opacity: 0.85, borderColor: ink("back"), borderWidth: 1 }, emphasis: { scale: 1.3 },
    };
  });
  if (!rows.length) return null;
  const spread = (k) => ({ ...decades(rows.map((row) => row[k]), 1e-12) });
  const option = base(ranged(COSTS[cost], spread(2)), ranged(ACCURACIES[accuracy], spread(3), { nameGap: 54 }));
  option.tooltip = { ...tip("item"), formatter: ({ name, value }) => `${name}\n${COSTS[cost]}: ${shown(value[0])}\n${ACCURACIES[accuracy]}: ${shown(value[1])}` };
  option.series = drawn;
  return { option, rows, columns: ["run", "model", COSTS[cost], ACCURACIES[accuracy]], summary: `${ACCURACIES[accuracy]} against ${COSTS[cost]}, ${rows.length} runs on ${state.system}` };
}

// The run of a group that single pictures show: the chosen one, or the one with the median drift.
const pictured = (group) => group.runs.find((name) => state.chosen.has(name)) ?? group.typical;

// Panels of a grid: as many columns as fit.
function drawPortraits(width) {
  const panels = visible().map((group) => ({ group, run: data.runs[pictured(group)], name: pictured(group) })).filter(({ run }) => run?.portrait);
  const truth = panels.length && data.truths[panels[0].run.truth]?.portrait;
  if (!truth) return null;
  const columns = Math.max(1, Math.min(panels.length + 1, Math.floor(width / 260)));
  const all = [{ name: "truth", path: truth.path, color: ink("truth") }, ...panels.map(({ group, run, name }) => ({ name: title(group), run: name, truth: data.truths[run.truth]?.portrait, path: run.portrait.path, levels: run.portrait.levels, color: look(group).color }))];
  const high = 280, rows = [], option = { grid: [], xAxis: [], yAxis: [], series: [], title: [], tooltip: { show: false } };
  const cellWidth = width / columns;
  all.forEach((panel, k) => {
    const left = (k % columns) * cellWidth, top = Math.floor(k / columns) * high;
    option.title.push({ text: panel.name, left: left + cellWidth / 2, top, textAlign: "center", textStyle: { fontSize: 13, color: ink("text") } });
    option.grid.push({ left: left + 52, top: top + 24, width: cellWidth - 66, height: high - 78 });
    const [q0, q1, p0, p1] = (panel.truth ?? truth).box, [q, p] = truth.names;
    option.xAxis.push({ ...axis(q, { min: q0, max: q1, nameGap: 24, axisLabel: { showMinLabel: false, showMaxLabel: false } }), gridIndex: k, splitLine: { show: false } });
    option.yAxis.push({ ...axis(p, { min: p0, max: p1, nameGap: 34, axisLabel: { showMinLabel: false, showMaxLabel: false } }), gridIndex: k, splitLine: { show: false } });
    const add = (text, name, style) => {
      if (!text) return;
      const points = pairs(text);
      points.forEach(([x, y]) => x !== null && rows.push([panel.name, name, x, y]));
      option.series.push({ type: "line", xAxisIndex: k, yAxisIndex: k, showSymbol: false, silent: true, data: points, connectNulls: false, clip: true, lineStyle: style, sampling: undefined });
    };
    add((panel.truth ?? truth).levels, "level of the true energy", { color: ink("truth"), width: 0.8, opacity: 0.75 });
    add(panel.levels, "level of the learned energy", { color: panel.color, width: 1.8, type: "dashed" });
    add(panel.path, "rollout", { color: panel.color, width: 1, opacity: 0.75 });
  });
  const fixed = truth.fixed.map(([name, at]) => `${name} = ${at}`).join(", ");
  return { option, rows, columns: ["panel", "line", ...truth.names], height: high * Math.ceil(all.length / columns), summary: `Phase portraits on ${state.system}${fixed ? `, at ${fixed}` : ""}: ${all.map((one) => one.run ? `${one.name} (${one.run})` : one.name).join(", ")}` };
}
