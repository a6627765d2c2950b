const form = document.querySelector("#add");
const message = document.querySelector("#message");
const list = document.querySelector("#positions");
const empty = document.querySelector("#empty");

// request sends a request to the API and returns its JSON, or throws an error for users.
async function request(path, options) {
  const response = await fetch(`/api${path}`, options).catch(() => {
    throw new Error("The tracker can't be reached.");
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(body.error || `The tracker responded with ${response.status}.`);
  }
  return body;
}

function show(text, isError = false) {
  message.textContent = text;
  message.classList.toggle("error", isError);
}

function item(position) {
  const title = document.createElement("h3");
  title.textContent = position.title;
  const created = document.createElement("time");
  created.dateTime = position.created_at;
  created.textContent = new Date(position.created_at).toLocaleString();
  const element = document.createElement("li");
  element.append(title, created);
  if (position.description) {
    const description = document.createElement("p");
    description.textContent = position.description;
    element.append(description);
  }
  return element;
}

async function refresh() {
  try {
    const { items } = await request("/positions");
    list.replaceChildren(...items.map(item));
    empty.textContent = "No positions yet.";
    empty.hidden = items.length > 0;
  } catch (error) {
    empty.textContent = error.message;
    empty.hidden = false;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const position = await request("/positions", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    form.reset();
    show(`Added ${position.title}.`);
    await refresh();
  } catch (error) {
    show(error.message, true);
  } finally {
    button.disabled = false;
  }
});

refresh();

// Service workers exist on HTTPS and localhost only; the page works without.
navigator.serviceWorker?.register("/sw.js").catch(() => {});
