// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Draws a dashboard as a picture: node draw.mjs DASHBOARD.json PROMETHEUS_URL PICTURE.png [NAME=VALUE ...]
// NAME=VALUE sets a variable of the dashboard; from=-30m sets the beginning of the time range.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const WIDTH = 1400;
const ROW = 38; // Grafana's height of a row of the grid, with the gap.

const [file, prometheus, picture, ...assignments] = process.argv.slice(2);
if (!picture) {
  console.error("usage: node draw.mjs DASHBOARD.json PROMETHEUS_URL PICTURE.png [NAME=VALUE ...]");
  process.exit(2);
}
const settings = Object.fromEntries(assignments.map((a) => a.split(/=(.*)/s)));
const minutes = Number((settings.from ?? "-30m").match(/^-(\d+)m$/)?.[1] ?? 30);
const to = Math.floor(Date.now() / 1000);
const from = to - minutes * 60;
const step = Math.max(15, Math.floor((minutes * 60) / 240));

// interpolate replaces the variables in a query as Grafana does for Prometheus.
function interpolate(text, variables) {
  const builtin = { __rate_interval: `${Math.max(120, 4 * step)}s`, __interval: `${step}s`, __range: `${minutes * 60}s` };
  return text.replace(/\$\{?(\w+)\}?/g, (whole, name) => {
    if (builtin[name]) return builtin[name];
    if (settings[name] !== undefined) return settings[name];
    const variable = variables.find((v) => v.name === name);
    return variable ? (variable.allValue ?? ".*") : whole;
  });
}

async function ask(path, parameters) {
  const response = await fetch(`${prometheus}/api/v1/${path}?${new URLSearchParams(parameters)}`, { signal: AbortSignal.timeout(30_000) });
  const body = await response.json();
  if (body.status !== "success") throw new Error(`${parameters.query}: ${body.error}`);
  return body.data.result;
}

const dashboard = JSON.parse(readFileSync(file, "utf8"));
const variables = dashboard.templating.list;
for (const panel of dashboard.panels) {
  panel.title = interpolate(panel.title, variables);
  for (const target of panel.targets ?? []) {
    const query = interpolate(target.expr, variables);
    target.results = target.instant
      ? await ask("query", { query, time: to })
      : await ask("query_range", { query, start: from, end: to, step });
  }
}

const here = dirname(fileURLToPath(import.meta.url));
// The ES modules of Grafana's packages import CommonJS packages in a way that esbuild does not support.
const commonJS = {
  name: "commonjs",
  setup: ({ onResolve }) => onResolve({ filter: /^@grafana\/(ui|data)$/ }, ({ path }) => ({ path: join(here, "node_modules", path, "dist/cjs/index.cjs") })),
};
const folder = mkdtempSync(join(tmpdir(), "dashboard-"));
try {
  await build({
    entryPoints: [join(here, "page.jsx")],
    bundle: true,
    outfile: join(folder, "page.js"),
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"', global: "window" },
    plugins: [commonJS],
    loader: { ".svg": "dataurl", ".woff2": "dataurl", ".woff": "dataurl", ".ttf": "dataurl" },
    logLevel: "error",
  });
  writeFileSync(join(folder, "data.js"), `window.drawing = ${JSON.stringify({ dashboard, from: from * 1000, to: to * 1000, width: WIDTH, row: ROW })};`);
  writeFileSync(join(folder, "index.html"), '<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="page.css"><body><div id="root"></div><script src="data.js"></script><script src="page.js"></script></body>');
  const bottom = Math.max(...dashboard.panels.map((p) => p.gridPos.y + p.gridPos.h));
  const chromium = spawnSync("chromium", [
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
    `--window-size=${WIDTH},${bottom * ROW + 60}`, "--virtual-time-budget=15000", `--screenshot=${picture}`, `file://${join(folder, "index.html")}`,
  ], { encoding: "utf8", timeout: 120_000 });
  if (chromium.error) throw chromium.error;
  const uncaught = chromium.stderr.split("\n").filter((line) => line.includes("Uncaught"));
  if (uncaught.length > 0) throw new Error(uncaught.join("\n"));
} finally {
  rmSync(folder, { recursive: true });
}
