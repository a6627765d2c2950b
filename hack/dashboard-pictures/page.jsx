// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

import {
  createTheme, FieldType, getDisplayProcessor, standardTransformers, standardTransformersRegistry, ThemeContext, toDataFrame, transformDataFrame,
} from "@grafana/data";
import { BigValue, BigValueColorMode, BigValueGraphMode, PanelChrome, Table, TimeSeries } from "@grafana/ui";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import "uplot/dist/uPlot.min.css";

const { dashboard, from, to, width, row } = window.drawing;
const theme = createTheme({ colors: { mode: "light" } });
const timeRange = { from: moment(from), to: moment(to), raw: { from: moment(from), to: moment(to) } };

standardTransformersRegistry.setInit(() =>
  [...new Map(Object.values(standardTransformers).map((t) => [t.id, t])).values()].map((transformation) => ({ id: transformation.id, name: transformation.name, transformation: async () => transformation })));

// colorModes are the panels' own defaults.
const colorModes = { timeseries: "palette-classic", stat: "thresholds" };

// moment is as much of moment.js as the panels use of a time range.
function moment(at) {
  return { valueOf: () => at, isValid: () => true, toDate: () => new Date(at), unix: () => at / 1000 };
}

// legend fills the labels into a legend such as {{pod}}; of a number without a legend, its labels.
function legend(target, labels) {
  const text = (target.legendFormat ?? "").replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? "");
  return text || Object.entries(labels).filter(([k]) => k !== "__name__").map(([k, v]) => `${k}="${v}"`).join(", ") || "Value";
}

function frames(panel) {
  const results = panel.targets.flatMap((target) => target.results.map((result) => ({ target, result })));
  return results.map(({ target, result }, seriesIndex) => {
    const samples = result.values ?? [result.value];
    const { __name__, ...labels } = result.metric;
    const config = { color: { mode: colorModes[panel.type] }, ...panel.fieldConfig.defaults, displayNameFromDS: legend(target, labels) };
    return displayed(toDataFrame({
      refId: target.refId,
      fields: [
        { name: "Time", type: FieldType.time, values: samples.map(([at]) => at * 1000) },
        { name: "Value", type: FieldType.number, values: samples.map(([, v]) => number(v)), labels, config },
      ],
    }), seriesIndex);
  });
}

// number is a value of Prometheus. NaN is a gap.
function number(text) {
  if (text === "+Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  const n = Number(text);
  return Number.isNaN(n) ? null : n;
}

// displayed gives the fields of a frame what the panels show values by.
function displayed(frame, seriesIndex = 0) {
  for (const field of frame.fields) {
    field.state = { seriesIndex };
    field.display = getDisplayProcessor({ field, theme, timeZone: "utc" });
  }
  return frame;
}

function empty(panel) {
  return <div style={{ padding: 16, color: theme.colors.text.secondary }}>{panel.fieldConfig.defaults.noValue ?? "No data"}</div>;
}

function Drawn({ panel, inner }) {
  const data = frames(panel);
  if (data.length === 0) return empty(panel);
  if (panel.type === "timeseries") {
    const options = panel.options.legend;
    return <TimeSeries frames={data} timeRange={timeRange} timeZone="utc" width={inner.width} height={inner.height} legend={options} tweakAxis={(o) => o} />;
  }
  if (panel.type === "stat") {
    return (
      <div style={{ display: "flex", flexDirection: inner.height > inner.width ? "column" : "row", height: "100%" }}>
        {data.map((frame, i) => {
          const field = frame.fields[1];
          const shown = { ...field.display(field.values.at(-1)), title: data.length > 1 ? field.config.displayNameFromDS : undefined };
          const column = inner.height > inner.width;
          return <BigValue key={i} theme={theme} value={shown} graphMode={BigValueGraphMode.None} colorMode={BigValueColorMode.Value}
            width={column ? inner.width : inner.width / data.length} height={column ? inner.height / data.length : inner.height} />;
        })}
      </div>
    );
  }
  return <Rows panel={panel} inner={inner} />;
}

// Rows is a table of the labels of what a query returns, after the panel's transformations.
function Rows({ panel, inner }) {
  const [table, show] = useState();
  useEffect(() => {
    const rows = panel.targets.flatMap((target) => target.results);
    const labels = [...new Set(rows.flatMap(({ metric }) => Object.keys(metric)))];
    const fields = [
      { name: "Time", type: FieldType.time, values: rows.map(({ value }) => value[0] * 1000) },
      ...labels.map((label) => ({ name: label, type: FieldType.string, values: rows.map(({ metric }) => metric[label] ?? "") })),
      { name: "Value", type: FieldType.number, values: rows.map(({ value }) => number(value[1])) },
    ];
    transformDataFrame(panel.transformations ?? [], [toDataFrame({ fields })], { interpolate: (v) => v }).subscribe(([frame]) => show(displayed(frame)));
  }, []);
  if (!table) return null;
  return <Table data={table} width={inner.width} height={inner.height} />;
}

function place({ x, y, w, h }) {
  const column = (width - 16) / 24;
  return { position: "absolute", left: 8 + x * column, top: 48 + y * row, width: w * column - 8, height: h * row - 8 };
}

function Dashboard() {
  return (
    <div style={{ background: theme.colors.background.canvas, color: theme.colors.text.primary, fontFamily: theme.typography.fontFamily, position: "absolute", inset: 0 }}>
      <h1 style={{ ...theme.typography.h4, margin: 12 }}>{dashboard.title}</h1>
      {dashboard.panels.map((panel) => {
        const box = place(panel.gridPos);
        if (panel.type === "row") return <h2 key={panel.id} style={{ ...box, ...theme.typography.h5, margin: 0 }}>{panel.title}</h2>;
        return (
          <div key={panel.id} style={box}>
            <PanelChrome title={panel.title} description={panel.description} width={box.width} height={box.height}>
              {(innerWidth, innerHeight) => <Drawn panel={panel} inner={{ width: innerWidth, height: innerHeight }} />}
            </PanelChrome>
          </div>
        );
      })}
    </div>
  );
}

createRoot(document.getElementById("root")).render(<ThemeContext.Provider value={theme}><Dashboard /></ThemeContext.Provider>);
