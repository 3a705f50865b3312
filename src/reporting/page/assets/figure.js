// A figure: heading, tools, a chart that is drawn when it comes into view, and its numbers as text.
// `draw` returns {option, columns, rows, summary}, or null where there is nothing to show.
const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
  entry.target.near = entry.isIntersecting;
  if (entry.isIntersecting) entry.target.refresh?.();
}), { rootMargin: "300px" });

function frame(id, heading, about, wide) {
  const tools = element("span", { className: "tools" });
  const body = element("div", { className: "chart", role: "img" });
  const caption = element("figcaption", {}, element("h2", { id: `h-${id}` }, heading), tools, element("p", {}, about));
  const figure = element("figure", { id, className: wide ? "wide" : "" }, caption, body);
  figure.setAttribute("aria-labelledby", `h-${id}`);
  document.getElementById("plots").append(figure);
  return { figure, tools, body };
}

function button(tools, word, name, act) {
  const made = element("button", { type: "button", title: name }, word);
  made.setAttribute("aria-label", name);
  made.addEventListener("click", act);
  tools.append(made);
  return made;
}

// Numbers of a figure as a table, made only when it is opened; at most some rows of each line.
function textBelow(figure, numbers) {
  const details = element("details", {}, element("summary", {}, "The same as text"));
  const fill = () => {
    if (!details.open) return;
    const found = numbers();
    details.replaceChildren(details.firstElementChild);
    if (!found) return;
    const every = Math.max(1, Math.ceil(found.rows.length / 60));
    const rows = found.rows.filter((_, k) => k % every === 0);
    const note = every > 1 ? `; every ${every}th row, all of them in the CSV` : "";
    details.append(textTable(found.columns, rows, found.summary + note));
  };
  details.addEventListener("toggle", fill);
  figure.append(details);
  return fill;
}

function chart(id, heading, about, draw, options = {}) {
  const { figure, tools, body } = frame(id, heading, about, options.wide);
  let plot = null, stale = true, last = null;
  options.tools?.(tools, () => refresh(true));
  button(tools, "SVG", `${heading}: download as SVG`, () => {
    const found = draw();
    if (!found) return;
    const height = body.clientHeight || 330;
    const copy = echarts.init(null, null, { renderer: "svg", ssr: true, width: Math.max(640, body.clientWidth), height });
    copy.setOption({ ...found.option, animation: false, backgroundColor: ink("back") });
    save(`${id}.svg`, copy.renderToSVGString(), "image/svg+xml");
    copy.dispose();
  });
  button(tools, "CSV", `${heading}: download its data as CSV`, () => {
    const found = draw();
    if (found) save(`${id}.csv`, csv(found.columns, found.rows), "text/csv");
  });
  const fill = textBelow(figure, draw);
  function refresh(now) {
    if (now) stale = true;
    if (!stale || !figure.near) return;
    stale = false;
    last = draw();
    if (!last) {
      plot?.dispose();
      plot = null;
      body.replaceChildren(element("p", { className: "empty" }, "Nothing to show here: no shown run has it."));
      body.setAttribute("aria-label", `${heading}: nothing to show`);
      return;
    }
    body.style.height = last.height ? `${last.height}px` : "";
    if (!plot) {
      body.replaceChildren();
      plot = echarts.init(body, null, { renderer: "canvas" });
      plot.on("click", (event) => options.click?.(event));
      if (options.linked) { plot.group = options.linked; echarts.connect(options.linked); }
    }
    plot.resize();
    plot.setOption({ ...last.option, animation: false }, { notMerge: true });
    body.setAttribute("aria-label", last.summary);
    fill();
  }
  figure.refresh = () => refresh(false);
  figure.plot = () => plot;
  new ResizeObserver(() => { if (plot) { plot.resize(); if (options.wide) refresh(true); } }).observe(body);
  watchers.push(() => refresh(true));
  seen.observe(figure);
}
