// Follow a running sweep: ask for what changed since the last answer, every few seconds.
const EVERY = 2000;
let version = data.live;

async function follow() {
  try {
    const answer = await fetch(`data?since=${version}`, { cache: "no-store" });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const found = await answer.json();
    if (found.version !== version) take(found);
    say(`live; last look ${new Date().toLocaleTimeString()}`);
  } catch (error) {
    say(`not live: ${error.message}; trying again`);
  }
  setTimeout(follow, EVERY);
}

// Runs that did not change keep what is known of them.
function take(found) {
  version = found.version;
  const runs = Object.fromEntries(found.names.map((name) => [name, found.data.runs[name] ?? data.runs[name]]));
  data = { ...found.data, live: version, runs, truths: { ...data.truths, ...found.data.truths } };
  for (const [id, html] of Object.entries(found.fragments)) document.getElementById(id).innerHTML = html;
  const table = document.getElementById("runs");
  table.innerHTML = "";
  table.append(element("caption", {}, "Medians over the rollouts of each run; tick a run to see it by itself in the plots"));
  table.insertAdjacentHTML("beforeend", found.table);
  state.chosen = new Set([...state.chosen].filter((name) => data.runs[name]));
  dressTable();
  changed();
}
