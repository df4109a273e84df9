// What the clerk's page and the kiosk share: amounts, calls of the agent, the stream of its state.
export const $ = id => document.getElementById(id);
export const digits = fen => `${fen < 0 ? "-" : ""}${Math.floor(Math.abs(fen) / 100)}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;

// Yuan to fen without floating point: an amount is digits, not a number.
export function fen(text) {
  const match = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text.trim());
  return match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")) : null;
}

export function say(level, text) {
  $("message").hidden = !text;
  $("message").className = level;
  $("message").textContent = text ?? "";
}

// One call at a time. Gives the state, null when nothing came, or throws what the agent refused: { zh, en }.
export async function post(path, body) {
  let answer;
  try {
    answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
  } catch {
    throw { lost: true };
  }
  const json = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw { zh: json.detail, en: json.title };
  return json;
}

// Calls back with every state of the agent; with null when the agent is away; gives false when the page is not paired.
export async function follow(show) {
  const probe = await fetch("/api/state").catch(() => null);
  if (probe?.status === 401) return false;
  if (!probe?.ok) { show(null); return true; }
  const stream = new EventSource("/api/events");
  stream.addEventListener("state", event => show(JSON.parse(event.data)));
  stream.addEventListener("error", () => show(null));
  return true;
}
