// Pages come from the network, and nothing of them is stored: they name candidates. Without a
// network there is a page that says so. The files of the pages come from the cache.
const RELEASE = "SHELL_HASH";
const SHELL = `shell-${RELEASE}`;
const OFFLINE = "/offline";
const FILES = [
  OFFLINE, "/style.css?v=SHELL_HASH", "/app.js?v=SHELL_HASH", "/rum.js?v=SHELL_HASH", "/web-vitals.js?v=SHELL_HASH", "/icon.svg",
];

// While a release is rolled out, the one before may respond. Its files would stay as long as this one.
// After an error the browser tries again with the next page.
async function store(cache, path) {
  const response = await fetch(path);
  if (!response.ok || response.headers.get("X-Release") !== RELEASE) throw new Error(`${path} is not of this release`);
  await cache.put(path, response);
}

self.addEventListener("install", (event) => {
  // What a page reports as it goes would be lost with it while it waits for this worker.
  event.addRoutes?.([{ condition: { urlPattern: "/rum", requestMethod: "POST" }, source: "network" }])?.catch(() => {});
  event.waitUntil(
    caches.open(SHELL).then((cache) => Promise.all(FILES.map((path) => store(cache, path)))).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name !== SHELL) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

async function cached(path) {
  const cache = await caches.open(SHELL);
  return cache.match(path);
}

async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const offline = await cached(OFFLINE);
    if (offline) return offline;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") {
    event.respondWith(page(event.request));
  } else if (FILES.includes(url.pathname + url.search)) {
    event.respondWith(cached(url.pathname + url.search).then((response) => response || fetch(event.request)));
  }
});
