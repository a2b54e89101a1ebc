/* One press per form: the button rests until a reload shows the truth. Without scripting the one-time id does the same. */
document.addEventListener("submit", function (event) {
  var form = event.target;
  if (!form.hasAttribute("data-once")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  var button = event.submitter;
  if (button) {
    button.setAttribute("aria-disabled", "true");
    button.classList.add("pd-sent");
  }
});
/* A page about something open comes again, but never under the hands of somebody who types or has pressed a button. */
document.addEventListener("DOMContentLoaded", function () {
  var open = document.querySelector("[data-renew]");
  if (open) setInterval(function () {
    var typing = document.activeElement && document.activeElement.matches("input, select, textarea");
    if (!typing && !document.hidden && !document.querySelector("form[data-sent]")) window.location.reload();
  }, 1000 * open.dataset.renew);
});
window.addEventListener("pageshow", function (event) {
  if (event.persisted) window.location.reload();
});
document.addEventListener("click", function (event) {
  var button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return;
  navigator.clipboard.writeText(button.dataset.copy).then(function () {
    button.setAttribute("data-copied", "yes");
    setTimeout(function () { button.removeAttribute("data-copied"); }, 1500);
  });
});
document.addEventListener("input", function (event) {
  if (event.target.name !== "amount") return;
  var choice = event.target.form.querySelector('input[name="choice"][value="amount"]');
  if (choice) choice.checked = true;
});
