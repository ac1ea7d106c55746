// A button's form in the page's one dialog: outside the conversation, so that news cannot disturb what is being typed.

const dialog = document.getElementById("form");

export function openForm(template, send) {
  dialog.replaceChildren(template.content.cloneNode(true));
  dialog.setAttribute("aria-labelledby", "form-title");
  const form = dialog.querySelector("form");
  form.querySelector("[data-cancel]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const missing = firstMissing(form);
    if (missing) return complain(form, ...missing);
    const answers = [...new FormData(form)];
    dialog.close();
    send(answers);
  });
  dialog.showModal();
}

// The first field that needs an answer, and what to say about it.
function firstMissing(form) {
  for (const field of form.querySelectorAll(".field")) {
    const name = (field.querySelector("legend") ?? field.querySelector("label")).textContent.trim();
    const input = field.querySelector("input, textarea, select");
    if (field.classList.contains("at-least-one") && !field.querySelector(":checked")) return [input, `${name}: ${field.dataset.message}`];
    if (field.querySelector(":invalid")) return [input, form.querySelector(".fault").dataset.missing.replace("{field}", () => name)];
  }
  return null;
}

function complain(form, input, text) {
  const fault = form.querySelector(".fault");
  fault.textContent = text;
  fault.hidden = false;
  input.focus();
}
