// The pages show everything without this script. It sends what the user enters to the API.
const message = document.querySelector("#message");

// show tells the user what happened, also by a screen reader.
function show(text, isError = false) {
  message.textContent = text;
  message.classList.toggle("error", isError);
  message.focus();
}

// finish opens a page that shows what has been done.
function finish(text, url) {
  sessionStorage.setItem("done", text);
  location.assign(url);
}

const done = sessionStorage.getItem("done");
if (done) {
  sessionStorage.removeItem("done");
  show(done);
}

// request sends a request to the API, or throws an error for users.
async function request(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body && { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  }).catch(() => {
    throw new Error("The tracker can’t be reached. Please check the connection.");
  });
  if (response.ok) return;
  if (response.status >= 500) {
    throw new Error("The tracker is not available at the moment. Please try again later.");
  }
  const { error } = await response.json().catch(() => ({}));
  throw new Error(error || `The tracker responded with ${response.status}.`);
}

// values are the fields of a form as the API expects them.
function values(form) {
  const result = {};
  for (const [name, value] of new FormData(form)) {
    switch (form.elements[name].type) {
      case "select-one": result[name] = Number(value); break;
      case "datetime-local": result[name] = new Date(value).toISOString(); break;
      default: result[name] = value;
    }
  }
  return result;
}

// withLabels names the fields as the page does: the API's errors begin with the names in JSON.
function withLabels(text, form) {
  for (const field of form.elements) {
    if (field.labels?.length) {
      text = text.replace(new RegExp(`^${field.name}\\b`, "m"), field.labels[0].firstChild.textContent.trim());
    }
  }
  return text;
}

// Times are those of the user's time zone.
for (const time of document.querySelectorAll("time")) {
  time.textContent = new Date(time.dateTime).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}
for (const zone of document.querySelectorAll("[data-zone]")) {
  zone.textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
}
for (const field of document.querySelectorAll("input[type=datetime-local][value]")) {
  const local = new Date(`${field.value}Z`);
  local.setMinutes(local.getMinutes() - local.getTimezoneOffset());
  field.value = local.toISOString().slice(0, 16);
}

for (const form of document.querySelectorAll("form[data-path]")) {
  const { method, path, done: next, message: text } = form.dataset;
  form.querySelector("fieldset").disabled = false;
  // A change has only the fields that differ: the time of a past interview may stay, and not be set.
  const before = method === "PATCH" ? new FormData(form) : new FormData();
  let busy = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    try {
      const now = new FormData(form);
      const body = values(form);
      for (const [name, value] of before) {
        if (now.get(name) === value) delete body[name];
      }
      if (Object.keys(body).length > 0) await request(method, path, body);
      finish(text, next); // It stays busy until the page has gone: a double click is one change.
    } catch (error) {
      show(withLabels(error.message, form), true);
      busy = false;
    }
  });
}

for (const button of document.querySelectorAll("button[data-remove]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const { remove, name } = button.dataset;
    if (!confirm(`Remove ${name}? This can’t be undone.`)) return;
    try {
      await request("DELETE", remove);
      finish(`Removed ${name}.`, location.pathname + location.search);
    } catch (error) {
      show(error.message, true);
    }
  });
}

// A page that the browser has kept shows what is stored by now, and its form can be sent again.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// Service workers exist on HTTPS and localhost only; the pages work without.
navigator.serviceWorker?.register("/sw.js").catch(() => {});
