import { $, digits, fen, follow, post, say } from "./common.js";

// The kiosk: register, enquire, pay what the hospital has billed, load the purse. Names stay masked: others stand behind.
let state = null, busy = false;

async function call(path, body, done) {
  if (busy) return;
  busy = true;
  draw();
  try {
    const json = await post(path, body);
    if (json) state = json;
    say("info", done(state));
  } catch (refused) {
    say("error", refused.lost ? "自助机暂停服务 Out of service" : `${refused.zh} ${refused.en}`);
  } finally {
    busy = false;
    draw();
  }
}

function tell(text) {
  $("amount-box").hidden = true;
  $("answer").hidden = !text;
  $("answer").textContent = text ?? "";
}

function enquire() {
  const { card, visit } = state;
  const lines = [`绵州通余额 Balance: ${digits(card.balanceFen)} 元`];
  if (visit) lines.push(`门诊号 Visit: ${visit.visitNumber ?? "-"}`);
  if (visit?.totalFen) lines.push(`合计 Total: ${digits(visit.totalFen)} 元`, `应付 To pay: ${digits(visit.selfFen)} 元`);
  if (state.undecided.length) lines.push("有一笔扣款结果未知，请到人工窗口 A debit is undecided: ask at the desk");
  tell(lines.join("\n"));
}

const actions = {
  1: () => { tell(null); call("/api/visit/register", {}, next => `挂号成功 ${next.visit.visitNumber} Registered`); },
  2: enquire,
  3: () => { tell(null); call("/api/visit/pay", {}, next => `已缴费 ${digits(next.visit.selfFen)} 元 Paid`); },
  4: () => { tell(null); $("amount-box").hidden = false; $("amount").value = ""; $("amount").focus(); },
  0: () => { tell(null); if (state?.visit) call("/api/visit/close", {}, () => "请取卡 Take your card"); },
};

function draw() {
  const card = state?.card, visit = state?.visit;
  const known = Boolean(card?.present && card.state === "identified");
  document.querySelector("main").hidden = !known;
  $("invite").hidden = known;
  if (!known) tell(null);
  $("institution").textContent = state?.institutionName ?? "";
  $("training").hidden = !state?.training;
  if (known) $("holder").textContent = `${card.maskedName}　余额 ${digits(card.balanceFen)} 元`;
  $("k1").disabled = busy || !known || Boolean(visit && !["Requested", "Settled", "Reversed"].includes(visit.stage));
  $("k2").disabled = busy || !known;
  $("k3").disabled = busy || !known || !["PreSettled", "Paid"].includes(visit?.stage) || visit.chipSerial !== card.chipSerial;
  $("k4").disabled = busy || !known;
  $("k0").disabled = busy;
}

for (const key of Object.keys(actions)) $(`k${key}`).addEventListener("click", () => actions[key]());
addEventListener("keydown", event => {
  if (event.target === $("amount") || event.altKey || event.ctrlKey || event.metaKey || !(event.key in actions)) {
    if (event.key === "Escape") tell(null);
    return;
  }
  event.preventDefault();
  if (!$(`k${event.key}`).disabled) actions[event.key]();
});
$("amount-box").addEventListener("submit", event => {
  event.preventDefault();
  const amountFen = fen($("amount").value);
  if (amountFen === null) { say("error", "金额有误，请写成 50.00 Write 50.00"); return; }
  $("amount-box").hidden = true;
  call("/api/purse/load", { amountFen }, next => `圈存成功，余额 ${digits(next.card.balanceFen)} 元 Loaded`);
});

follow(next => {
  if (!next) { say("error", "自助机暂停服务 Out of service"); return; }
  state = next;
  const told = state.message;
  if (told) say(told.level, `${told.zh} ${told.en}`);
  draw();
}).then(paired => { if (!paired) say("error", "未配对，请先打开前台页面配对 Not paired: open the desk page first"); });
