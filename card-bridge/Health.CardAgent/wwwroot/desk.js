import { texts } from "./texts.js";

const $ = id => document.getElementById(id);
let language = localStorage.getItem("language") === "en" ? "en" : "zh";
let masked = true, state = null, busy = false, drawnVisit = null;
// A demo bill; the hospital's own program sends real lines through the local API.
let fees = [["GH001", "普通门诊挂号", "1", "5.00"], ["XY0212", "阿莫西林胶囊 0.25g×24", "2", "36.80"], ["JC0105", "血常规", "1", "25.00"]];

const t = key => texts[language][key];
const digits = fen => `${fen < 0 ? "-" : ""}${Math.floor(Math.abs(fen) / 100)}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
const yuan = fen => `${digits(fen)} ${t("yuan")}`;

// Yuan to fen without floating point: an amount is digits, not a number.
function fen(text) {
  const match = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text.trim());
  return match ? Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")) : null;
}

function say(level, text) {
  $("message").hidden = !text;
  $("message").className = level;
  $("message").textContent = text ?? "";
}

async function call(path, body) {
  if (busy) return;
  busy = true;
  draw();
  try {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
    const json = answer.status === 204 ? null : await answer.json();
    if (answer.ok) { if (json) state = json; }
    else say("warning", language === "zh" ? json.detail : json.title);
  } catch {
    say("error", t("lost"));
  } finally {
    busy = false;
    draw();
  }
}

function drawFees(visit) {
  const editable = !visit || visit.stage === "Requested" || visit.stage === "Registered" || visit.stage === "PreSettled";
  const lines = visit && !editable && visit.feeLines.length ? visit.feeLines.map(l => [l.code, l.name, String(l.quantity), digits(l.amountFen)]) : fees;
  $("fee-edit").hidden = !editable;
  $("fees").className = editable ? "editable" : "";
  $("fees").tBodies[0].replaceChildren(...lines.map((line, row) => {
    const tr = document.createElement("tr");
    line.forEach((text, column) => {
      const td = tr.insertCell();
      if (!editable) { td.textContent = text; return; }
      const input = document.createElement("input");
      input.value = text;
      input.setAttribute("aria-label", `${t(["feeCode", "feeName", "feeQuantity", "feeAmount"][column])} ${row + 1}`);
      input.addEventListener("input", () => { fees[row][column] = input.value; });
      td.append(input);
    });
    if (editable) {
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = t("feeRemove");
      remove.addEventListener("click", () => { fees.splice(row, 1); drawFees(visit); });
      tr.insertCell().append(remove);
    }
    return tr;
  }));
}

function drawCard(card) {
  const known = card?.maskedName;
  $("person").hidden = !known;
  $("invite").hidden = Boolean(known);
  $("invite").textContent = card?.state === "reading" ? t("reading") : card?.state === "problem" ? t("states").problem : t("invite");
  if (!known) return;
  $("name").textContent = masked ? card.maskedName : card.name;
  $("sex").textContent = t(card.sex);
  $("birth").textContent = card.birthDate;
  $("id").textContent = card.maskedIdNumber;
  $("balance").textContent = card.balanceFen === null ? "" : yuan(card.balanceFen);
  $("state").textContent = t("states")[card.state] + (card.present ? "" : `（${t("removed")}）`);
  $("state").className = card.state;
  $("speed").textContent = t("speed")(card.apdus, card.readMilliseconds);
}

function drawVisit(visit) {
  const expired = visit?.stage === "PreSettled" && visit.expiresAt && new Date(visit.expiresAt) < new Date();
  $("stage").textContent = visit ? t("stages")[visit.stage] : t("none");
  $("stage").className = `stage ${visit?.stage ?? ""}`;
  $("number").textContent = [visit?.visitNumber, expired ? t("expired") : ""].filter(Boolean).join(" · ");
  const quoted = visit && visit.totalFen > 0;
  $("split").hidden = !quoted;
  if (quoted) for (const part of ["total", "fund", "account", "self"]) $(part).textContent = yuan(visit[`${part}Fen`]);
  $("receipt-box").hidden = !visit?.receipt;
  // The receipt counts × as one column; Chinese fonts draw it two wide and would push the amount out of its column.
  $("receipt").textContent = (visit?.receipt ?? "").replaceAll("×", "x");
  // Inputs are drawn anew only when they may change: the clerk may be typing.
  const drawn = JSON.stringify([language, visit?.visitTx, visit?.stage]);
  if (drawn !== drawnVisit) drawFees(visit);
  drawnVisit = drawn;
}

function draw() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  $("mask").textContent = t(masked ? "unmask" : "maskAgain");
  $("language").textContent = t("language");
  const visit = state?.visit, card = state?.card;
  $("institution").textContent = state?.institutionName ?? "";
  $("desk").textContent = state?.deskId ?? "";
  $("reader").textContent = state?.reader === "direct" ? t("ownReader") : state?.reader ?? "";
  drawCard(card);
  drawVisit(visit);
  $("open-box").hidden = !state?.undecided.length;
  $("open").replaceChildren(...(state?.undecided ?? []).map(debit => {
    const item = document.createElement("li");
    item.textContent = `${debit.visitTx} · ${yuan(debit.amountFen)} · ${debit.local.replace("T", " ")}`;
    return item;
  }));
  $("register").disabled = busy || card?.state !== "identified" || (visit && visit.stage !== "Requested" && visit.stage !== "Settled");
  $("presettle").disabled = busy || !["Registered", "PreSettled"].includes(visit?.stage);
  $("pay").disabled = busy || !["PreSettled", "Paid"].includes(visit?.stage);
  $("close").disabled = busy || !visit;
  document.body.dataset.busy = busy;
}

function actions() {
  return {
    F2: () => call("/api/visit/register", {}),
    F3: () => {
      const lines = fees.map(([code, name, quantity, amount]) => ({ code: code.trim(), name: name.trim(), quantity: Number(quantity), amountFen: fen(amount) }));
      if (lines.some(line => line.amountFen === null || !Number.isInteger(line.quantity))) say("warning", t("wrongAmount"));
      else call("/api/visit/pre-settlement", { feeLines: lines });
    },
    F4: () => call("/api/visit/pay"),
    Escape: () => call("/api/visit/close"),
    F8: () => { masked = !masked; draw(); },
  };
}

const buttons = { F2: "register", F3: "presettle", F4: "pay", Escape: "close", F8: "mask" };
for (const [key, id] of Object.entries(buttons)) $(id).addEventListener("click", () => actions()[key]());
addEventListener("keydown", event => {
  if (!(event.key in buttons)) return;
  event.preventDefault();
  if (!$(buttons[event.key]).disabled) actions()[event.key]();
});
$("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  draw();
});
$("add").addEventListener("click", () => { fees.push(["", "", "1", ""]); drawFees(state?.visit); });
$("print").addEventListener("click", () => print());
$("pair").addEventListener("submit", async event => {
  event.preventDefault();
  await call("/pair", { code: $("code").value });
  connect();
});

async function connect() {
  const probe = await fetch("/api/state").catch(() => null);
  $("pair").hidden = probe?.status !== 401;
  if (!probe?.ok) return;
  const stream = new EventSource("/api/events");
  stream.addEventListener("state", event => {
    state = JSON.parse(event.data);
    $("online").textContent = state.card?.state === "offline" ? t("offline") : t("online");
    const notes = [state.contested ? t("contested")(state.contested) : "", state.unreported ? t("unreported")(state.unreported) : ""].filter(Boolean).join(" ");
    say(state.message?.level ?? "info", [state.message?.[language], notes].filter(Boolean).join(" "));
    draw();
  });
  stream.addEventListener("error", () => { $("online").textContent = t("lost"); });
}

draw();
connect();
