// Tells the frontend how long this page takes and whether its scripts fail: figures, and nothing of what the
// page shows or who sees it. The page works the same without this script, and when nothing takes what it sends.
const { ratio, route, path } = document.querySelector("meta[name=rum]").dataset;

const maxErrors = 100; // more are not accepted
const report = empty();

function empty() {
  return { metrics: {}, routeChange: false, errors: 0 };
}

// device is the class of the device, by what the browser says or else by the width of its window.
const mobile = navigator.userAgentData?.mobile ?? matchMedia("(max-width: 767px)").matches;
const device = mobile ? "mobile" : "desktop";

// cameFromAnotherRoute remembers the route in this tab. Browsers may refuse to store anything.
function cameFromAnotherRoute() {
  try {
    const before = sessionStorage.getItem("route");
    sessionStorage.setItem("route", route);
    return before !== null && before !== route;
  } catch {
    return false;
  }
}

// measure adds the first value of each measurement: one that changes after it was sent can't be replaced.
const measured = new Set();
function measure(name, id, value) {
  if (measured.has(id)) return;
  measured.add(id);
  report.metrics[name] = value;
}

// measureLoad adds the page's load time, once it has loaded.
function measureLoad() {
  const [navigation] = performance.getEntriesByType("navigation");
  if (navigation?.loadEventEnd > 0) {
    measure("load", "load", Math.max(0, navigation.loadEventEnd - (navigation.activationStart ?? 0)) / 1000);
  }
}

function send() {
  measureLoad();
  if (Object.keys(report.metrics).length === 0 && report.errors === 0 && !report.routeChange) return;
  const body = JSON.stringify({ route, device, ...report });
  Object.assign(report, empty());
  if (!navigator.sendBeacon?.(path, body)) fetch(path, { method: "POST", body, keepalive: true }).catch(() => {});
}

const changed = cameFromAnotherRoute();
if (Math.random() < Number(ratio)) {
  report.routeChange = changed;
  const failed = () => { report.errors = Math.min(report.errors + 1, maxErrors); };
  addEventListener("error", failed);
  addEventListener("unhandledrejection", failed);

  // The page may come back, or be gone. The library completes its measurements before this, while the event is captured.
  addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") send(); });

  const seconds = ({ name, id, value }) => measure(name, id, value / 1000);
  import(`./web-vitals.js${new URL(import.meta.url).search}`).then(({ onCLS, onFCP, onINP, onLCP, onTTFB }) => {
    for (const on of [onFCP, onINP, onLCP, onTTFB]) on(seconds);
    onCLS(({ name, id, value }) => measure(name, id, value));
  }).catch(() => {});
}
