import { texts } from "./texts.js";
import { $, digits, fen, follow, post, say } from "./common.js";

let language = localStorage.getItem("language") === "en" ? "en" : "zh";
let masked = true, state = null, busy = false, drawnVisit = null, drawnLegs = null;
// A demo bill; the hospital's own program sends real lines through the local API.
let fees = [["GH001", "普通门诊挂号", "1", "5.00"], ["XY0212", "阿莫西林胶囊 0.25g×24", "2", "36.80"], ["JC0105", "血常规", "1", "25.00"]];

const t = key => texts[language][key];
const yuan = fen => `${digits(fen)} ${t("yuan")}`;
const tenderKinds = ["purse", "bank", "mobile", "cash"];

async function call(path, body) {
  if (busy) return false;
  busy = true;
  draw();
  try {
    const json = await post(path, body);
    if (json) state = json;
    return true;
  } catch (refused) {
    say(refused.lost ? "error" : "warning", refused.lost ? t("lost") : refused[language]);
    return false;
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
  $("state").textContent = (card.state === "offline" && state?.offline?.isDown ? t("unchecked") : t("states")[card.state]) + (card.present ? "" : `（${t("removed")}）`);
  $("state").className = card.state;
  $("speed").textContent = t("speed")(card.apdus, card.readMilliseconds);
}

// Each leg with its state; one that is to be collected has a button, a key, and for bank and mobile a field for the payer's code.
function drawLegs(visit) {
  const legs = visit?.legs ?? [];
  $("legs").hidden = !legs.length;
  const drawn = JSON.stringify([language, legs, visit?.stage]);
  if (drawn === drawnLegs) return;
  drawnLegs = drawn;
  $("legs").replaceChildren(...legs.map((leg, index) => {
    const item = document.createElement("li");
    item.append(`${t(leg.kind)} ${yuan(leg.amountFen)} · ${t("legStates")[leg.state] ?? leg.state} `);
    if (leg.kind === "purse" || leg.state === "collected" || visit.stage !== "PreSettled" && visit.stage !== "Paid") return item;
    const code = document.createElement("input");
    code.id = `code-${index + 1}`;
    code.placeholder = t("authCode");
    code.setAttribute("aria-label", `${t("authCode")} ${index + 1}`);
    const collect = document.createElement("button");
    collect.type = "button";
    collect.id = `collect-${index + 1}`;
    collect.innerHTML = `<kbd>Alt ${index + 1}</kbd> ${t("collect")}`;
    collect.addEventListener("click", () => call(`/api/visit/tenders/${encodeURIComponent(leg.leg)}/collect`, { authCode: code.value.trim() || null }));
    if (leg.kind === "bank" || leg.kind === "mobile") item.append(code, " ");
    item.append(collect);
    return item;
  }));
}

function drawVisit(visit) {
  const expired = visit?.stage === "PreSettled" && visit.expiresAt && new Date(visit.expiresAt) < new Date();
  $("stage").textContent = visit ? t("stages")[visit.stage] : t("none");
  $("stage").className = `stage ${visit?.stage ?? ""}`;
  $("number").textContent = [visit?.visitNumber, visit?.isOffline ? t("alone") : "", expired ? t("expired") : ""].filter(Boolean).join(" · ");
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
  drawLegs(visit);
}

function drawOffline(offline) {
  const lines = [];
  if (offline?.isDown) lines.push(t("offlineNow"));
  if (offline?.waiting) lines.push(t("waiting")(offline.waiting));
  if (offline?.isDown) lines.push(t("numbers")(offline.numbers), offline.listAgeMinutes === null ? t("noList") : t("listAge")(offline.listAgeMinutes));
  if (offline?.clockWrong) lines.push(t("clockWrong"));
  if (offline?.trouble) lines.push(t("trouble")(offline.trouble));
  $("offline").hidden = !lines.length;
  $("offline").textContent = lines.join(" · ");
}

function draw() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  $("mask-text").textContent = t(masked ? "unmask" : "maskAgain");
  $("language-text").textContent = t("language");
  const visit = state?.visit, card = state?.card;
  $("institution").textContent = state?.institutionName ?? "";
  $("desk").textContent = state?.deskId ?? "";
  $("reader").textContent = state?.reader === "direct" ? t("ownReader") : state?.reader ?? "";
  $("training").hidden = !state?.training;
  document.body.dataset.training = Boolean(state?.training);
  $("chip").hidden = !state?.training;
  drawCard(card);
  drawVisit(visit);
  drawOffline(state?.offline);
  $("open-box").hidden = !state?.undecided.length;
  $("open").replaceChildren(...(state?.undecided ?? []).map(debit => {
    const item = document.createElement("li");
    item.textContent = `${debit.visitTx} · ${yuan(debit.amountFen)} · ${debit.local.replace("T", " ")}`;
    return item;
  }));
  const ended = visit && ["Requested", "Settled", "Reversed"].includes(visit.stage);
  const mayRegister = card?.state === "identified" || (card?.state === "offline" && state?.offline?.isDown && state.offline.isReady);
  $("register").disabled = busy || !mayRegister || Boolean(visit && !ended);
  $("presettle").disabled = busy || !["Registered", "PreSettled"].includes(visit?.stage);
  $("tenders").disabled = busy || visit?.stage !== "PreSettled" || visit.isOffline || visit.selfFen === 0;
  $("pay").disabled = busy || !["PreSettled", "Paid"].includes(visit?.stage);
  $("reverse").disabled = busy || visit?.stage !== "Settled" || visit.isOffline;
  $("load").disabled = busy || card?.state !== "identified" || !card.present;
  $("close").disabled = busy || !visit && openBox() === null;
  document.body.dataset.busy = busy;
}

const boxes = ["tender-box", "reversal-box", "load-box"];
const openBox = () => boxes.find(id => !$(id).hidden) ?? null;

function open(id, field) {
  for (const box of boxes) $(box).hidden = box !== id;
  if (id) $(field).focus();
  draw();
}

function planned() {
  const amounts = tenderKinds.map(kind => [kind, $(`tender-${kind}`).value.trim() === "" ? 0 : fen($(`tender-${kind}`).value)]);
  const sum = amounts.some(([, amount]) => amount === null) ? null : amounts.reduce((all, [, amount]) => all + amount, 0);
  $("tender-left").textContent = sum === null ? t("wrongAmount") : yuan((state?.visit?.selfFen ?? 0) - sum);
  return sum === null ? null : amounts.filter(([, amount]) => amount > 0).map(([kind, amountFen]) => ({ kind, amountFen }));
}

function actions() {
  return {
    F1: () => call(state.card?.present ? "/chip/remove" : "/chip/insert", { image: "training.json" }),
    F2: () => call("/api/visit/register", {}),
    F3: () => {
      const lines = fees.map(([code, name, quantity, amount]) => ({ code: code.trim(), name: name.trim(), quantity: Number(quantity), amountFen: fen(amount) }));
      if (lines.some(line => line.amountFen === null || !Number.isInteger(line.quantity))) say("warning", t("wrongAmount"));
      else call("/api/visit/pre-settlement", { feeLines: lines });
    },
    F4: () => call("/api/visit/pay"),
    F6: () => {
      for (const kind of tenderKinds) $(`tender-${kind}`).value = "";
      open("tender-box", "tender-purse");
      planned();
    },
    F7: () => { $("reason").value = ""; open("reversal-box", "reason"); },
    F8: () => { masked = !masked; draw(); },
    F9: () => { $("load-amount").value = ""; open("load-box", "load-amount"); },
    F10: () => print(),
    Escape: () => openBox() ? open(null) : call("/api/visit/close"),
  };
}

const buttons = { F1: "chip", F2: "register", F3: "presettle", F4: "pay", F6: "tenders", F7: "reverse", F8: "mask", F9: "load", F10: "print", Escape: "close" };
for (const [key, id] of Object.entries(buttons)) $(id).addEventListener("click", () => actions()[key]());

const letters = { l: "language", n: "add" };
addEventListener("keydown", event => {
  const digit = event.altKey && /^Digit([1-9])$/.exec(event.code);
  const id = digit ? `collect-${digit[1]}` : event.altKey ? letters[event.key.toLowerCase()] : null;
  if (id && $(id)) {
    event.preventDefault();
    $(id).click();
    return;
  }
  if (event.altKey || event.ctrlKey || event.metaKey || !(event.key in buttons)) return;
  event.preventDefault();
  const button = $(buttons[event.key]);
  if (!button.disabled && !button.hidden && button.closest("[hidden]") === null) actions()[event.key]();
});
$("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  draw();
});
$("add").addEventListener("click", () => {
  fees.push(["", "", "1", ""]);
  drawFees(state?.visit);
  $("fees").tBodies[0].lastElementChild?.querySelector("input")?.focus();
});
for (const kind of tenderKinds) $(`tender-${kind}`).addEventListener("input", planned);
$("tender-box").addEventListener("submit", async event => {
  event.preventDefault();
  const tenders = planned();
  if (!tenders) say("warning", t("wrongAmount"));
  else if (await call("/api/visit/tenders", { tenders })) open(null);
});
$("reversal-box").addEventListener("submit", async event => {
  event.preventDefault();
  if (await call("/api/visit/reversal", { reason: $("reason").value })) open(null);
});
$("load-box").addEventListener("submit", async event => {
  event.preventDefault();
  const amountFen = fen($("load-amount").value);
  if (amountFen === null) say("warning", t("wrongAmount"));
  else if (await call("/api/purse/load", { amountFen })) open(null);
});
$("pair").addEventListener("submit", async event => {
  event.preventDefault();
  if (await call("/pair", { code: $("code").value })) connect();
});

async function connect() {
  const paired = await follow(next => {
    if (!next) { $("online").textContent = t("lost"); return; }
    state = next;
    $("online").textContent = state.training ? t("trainingShort") : state.offline?.isDown ?? state.card?.state === "offline" ? t("offline") : t("online");
    const notes = [state.contested ? t("contested")(state.contested) : "", state.unreported ? t("unreported")(state.unreported) : ""].filter(Boolean).join(" ");
    say(state.message?.level ?? "info", [state.message?.[language], notes].filter(Boolean).join(" "));
    draw();
  });
  $("pair").hidden = paired;
}

draw();
connect();
