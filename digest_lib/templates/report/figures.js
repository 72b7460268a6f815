// Draws every figure from the JSON beside it, in the page's own colours, and again when these change.
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function pageColours() {
  const style = getComputedStyle(document.documentElement);
  const text = style.getPropertyValue("--text").trim(), line = style.getPropertyValue("--line").trim();
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", "font.color": text,
    "modebar.bgcolor": "rgba(0,0,0,0)", "modebar.color": line, "modebar.activecolor": text,
    "xaxis.gridcolor": line, "yaxis.gridcolor": line, "xaxis.zerolinecolor": line, "yaxis.zerolinecolor": line,
  };
}

async function draw(figure) {
  const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
  // As text of the page a title wraps, and can be read out.
  figure.prepend(Object.assign(document.createElement("h2"), { textContent: layout.title.text }));
  delete layout.title;
  const place = figure.appendChild(document.createElement("div"));
  await Plotly.newPlot(place, data, layout, { responsive: true, displayModeBar: false });
  await Plotly.relayout(place, pageColours());
  dark.addEventListener("change", () => Plotly.relayout(place, pageColours()));
}

document.querySelectorAll("figure").forEach(draw);
