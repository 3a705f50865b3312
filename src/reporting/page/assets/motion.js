// Truth and models moving side by side: what moves is stored, what stands is known.
const SVG = "http://www.w3.org/2000/svg";
const SECONDS = 12; // that a film lasts

function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Positions [time][point] of one motion, with the points that never move put in.
function film(packed, about) {
  const flat = floats(packed.at), moving = about.points - about.fixed.length, frames = flat.length / (2 * moving);
  return Array.from({ length: frames }, (_, k) => {
    let taken = 0, stood = 0;
    return Array.from({ length: about.points }, (_, i) => {
      if (about.fixed.includes(i)) return about.standing[stood++];
      const at = 2 * (k * moving + taken++);
      return [flat[at], flat[at + 1]];
    });
  });
}

// Where the true motion takes place, with room around; a square where both directions are lengths.
function view(frames, about) {
  const all = frames.flat().filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  const span = (k) => { const v = all.map((point) => point[k]); return [Math.min(...v), Math.max(...v)]; };
  const [[x0, x1], [y0, y1]] = [span(0), span(1)];
  const unit = (name) => name.split("(")[1];
  let [w, h] = [x1 - x0 || 1e-9, y1 - y0 || 1e-9];
  if (about.trails && unit(about.axes[0]) === unit(about.axes[1])) w = h = Math.max(w, h);
  return { flat: about.trails && y1 - y0 < 0.05 * w, x: (x0 + x1) / 2, y: (y0 + y1) / 2, w: w * 0.62, h: h * 0.62 };
}

function drawMotion() {
  const { figure, tools, body } = frame("motion", "Motion, side by side", "The first rollout of the run with the median drift of each model, or of a ticked one; grey behind each model: the truth.", true);
  body.className = "motion";
  body.removeAttribute("role");
  const slider = element("input", { type: "range", min: 0, max: 1000, value: 0, step: 1 });
  slider.setAttribute("aria-label", "Time in the film");
  const clock = element("output", {}, ""), play = element("button", { type: "button" }, "Play");
  figure.append(element("div", { className: "player" }, play, slider, clock));
  let panels = [], times = [], playing = false, asked = false, started = 0, stale = true;

  function build() {
    const found = visible().map((group) => ({ name: title(group), run: pictured(group), color: look(group).color })).filter(({ run }) => data.runs[run]?.motion);
    const first = found.length ? data.truths[data.runs[found[0].run].truth] : null;
    const about = first?.motion;
    panels = [];
    if (!about) { body.replaceChildren(element("p", { className: "empty" }, "Nothing to show here: no shown run has its views.npz.")); times = []; return; }
    times = Array.from(floats(about.t));
    const truth = film(about, about), box = view(truth, about);
    const all = [{ name: "truth", frames: truth, color: ink("truth") }];
    for (const one of found) {
      const own = data.truths[data.runs[one.run].truth].motion;
      all.push({ ...one, frames: film(data.runs[one.run].motion, own), behind: film(own, own) });
    }
    panels = all.map((one) => panel(one, about, box));
    body.replaceChildren(...panels.map((one) => one.figure));
    show();
  }

  function panel({ name, run, frames, behind, color }, about, box) {
    const place = ([x, y]) => [100 + (100 * (x - box.x)) / box.w, 100 - (100 * (y - box.y)) / box.h];
    const many = about.points - about.fixed.length > 8;
    const parts = (tint, width) => ({
      links: about.links.map(() => svg("line", { stroke: tint, "stroke-width": width, "stroke-linecap": "round" })),
      bodies: frames[0].map((_, i) => about.fixed.includes(i) ? svg("rect", { width: 5, height: 5, fill: tint }) : svg("circle", { r: many ? 2 : 5, fill: tint })),
    });
    const ghost = behind ? parts(ink("truth"), 1) : null, own = parts(color, 2);
    const trail = svg("path", { fill: "none", stroke: color, "stroke-width": 1, opacity: 0.5 });
    const under = svg("g", { opacity: 0.4 }, ...(ghost ? [...ghost.links, ...ghost.bodies] : []));
    const picture = svg("svg", { viewBox: box.flat ? "0 60 200 80" : "0 0 200 200", role: "img", "aria-label": `${name} in motion` }, under, trail, ...own.links, ...own.bodies);
    const lost = element("span", {}, "");
    const put = (set, points) => {
      const where = points.map(place), ok = (i) => where[i].every(Number.isFinite);
      about.links.forEach(([a, b], k) => {
        set.links[k].setAttribute("visibility", ok(a) && ok(b) ? "visible" : "hidden");
        if (ok(a) && ok(b)) Object.entries({ x1: where[a][0], y1: where[a][1], x2: where[b][0], y2: where[b][1] }).forEach(([key, at]) => set.links[k].setAttribute(key, at.toFixed(2)));
      });
      set.bodies.forEach((part, i) => {
        part.setAttribute("visibility", ok(i) ? "visible" : "hidden");
        if (ok(i)) part.setAttribute("transform", `translate(${(where[i][0] - (about.fixed.includes(i) ? 2.5 : 0)).toFixed(2)} ${(where[i][1] - (about.fixed.includes(i) ? 2.5 : 0)).toFixed(2)})`);
      });
    };
    // A smooth curve through the stored pictures (Catmull-Rom), so that round paths stay round.
    const between = (source, at) => {
      const k = Math.min(Math.floor(at), source.length - 1), u = at - k;
      const [before, here, next, after] = [-1, 0, 1, 2].map((d) => source[Math.max(0, Math.min(source.length - 1, k + d))]);
      const mix = (i, c) => here[i][c] + 0.5 * u * (next[i][c] - before[i][c] + u * (2 * before[i][c] - 5 * here[i][c] + 4 * next[i][c] - after[i][c] + u * (3 * (here[i][c] - next[i][c]) + after[i][c] - before[i][c])));
      return here.map((_, i) => [mix(i, 0), mix(i, 1)]);
    };
    const move = (at) => {
      put(own, between(frames, at));
      if (ghost) put(ghost, between(behind, at));
      const broken = !frames[Math.floor(at)].flat().every(Number.isFinite);
      lost.textContent = broken ? " (lost)" : "";
      if (!about.trails) return;
      const past = Array.from({ length: 76 }, (_, k) => at - 25 + k / 3).filter((s) => s >= 0).map((s) => between(frames, s));
      trail.setAttribute("d", frames[0].map((_, i) => about.fixed.includes(i) ? "" : past.map((points) => place(points[i])).filter((p) => p.every(Number.isFinite)).map((p, k) => `${k ? "L" : "M"}${p[0].toFixed(1)} ${p[1].toFixed(1)}`).join("")).join(""));
    };
    return { figure: element("figure", {}, element("h3", {}, name, lost), element("span", { className: "note" }, run ? run : "reference solution"), picture), picture, move, name, frames };
  }

  const position = () => (Number(slider.value) / 1000) * Math.max(0, times.length - 1);
  function show() {
    const at = position(), k = Math.min(Math.floor(at), Math.max(0, times.length - 1));
    panels.forEach((one) => one.move(Math.min(at, one.frames.length - 1)));
    const now = times.length ? times[k] + ((times[k + 1] ?? times[k]) - times[k]) * (at - k) : 0;
    clock.textContent = times.length ? `t = ${now.toFixed(2)} ${system()?.unit ?? ""}` : "";
  }

  function step(now) {
    if (!playing) return;
    if (!figure.near) return halt();
    slider.value = (1000 * ((now - started) / 1000 / SECONDS)) % 1000;
    show();
    requestAnimationFrame(step);
  }
  function run() { playing = true; play.textContent = "Pause"; started = performance.now() - Number(slider.value) * SECONDS; requestAnimationFrame(step); }
  function halt() { playing = false; play.textContent = "Play"; }
  play.addEventListener("click", () => { asked = true; playing ? halt() : run(); });
  slider.addEventListener("input", () => { halt(); show(); });
  button(tools, "SVG", "Motion: download as SVG", () => {
    const whole = svg("svg", { xmlns: SVG, width: 210 * panels.length, height: 230, "font-family": "sans-serif", "font-size": 13 });
    whole.append(svg("rect", { width: "100%", height: "100%", fill: ink("back") }));
    panels.forEach((one, k) => {
      const label = svg("text", { x: 210 * k + 8, y: 18, fill: ink("text") });
      label.textContent = one.name;
      const inner = one.picture.cloneNode(true);
      Object.entries({ x: 210 * k, y: 25, width: 200, height: 200 }).forEach(([key, at]) => inner.setAttribute(key, at));
      whole.append(label, inner);
    });
    save("motion.svg", new XMLSerializer().serializeToString(whole), "image/svg+xml");
  });
  const numbers = () => {
    if (!panels.length) return null;
    const rows = panels.flatMap((one) => one.frames.flatMap((points, k) => points.map(([x, y], i) => [one.name, times[k], i, finite(x), finite(y)])));
    return { columns: ["motion", withUnit("time"), "part", "x", "y"], rows, summary: `Places of the moving parts on ${state.system}` };
  };
  button(tools, "CSV", "Motion: download its data as CSV", () => { const found = numbers(); if (found) save("motion.csv", csv(found.columns, found.rows), "text/csv"); });
  const fill = textBelow(figure, numbers);
  figure.refresh = () => {
    if (!figure.near) return;
    if (stale) { stale = false; build(); fill(); }
    if (!playing && !asked && !still.matches && panels.length) run();
  };
  watchers.push(() => { stale = true; figure.refresh(); });
  seen.observe(figure);
}
