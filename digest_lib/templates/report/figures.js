// Draws every figure from the JSON beside it in the page's own colours, and again when these change.
function inPageColours(layout, figure) {
  const style = getComputedStyle(figure), text = style.color, line = style.borderTopColor;
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line };
  const given = layout.template?.layout ?? {};
  const themed = {
    ...given,
    font: { ...given.font, color: text },
    xaxis: { ...given.xaxis, ...axis },
    yaxis: { ...given.yaxis, ...axis },
    shapedefaults: { ...given.shapedefaults, line: { color: text } },
  };
  // In the template a colour counts for every axis, and for none that the figure gives a colour of its own.
  return {
    ...layout,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    template: { ...layout.template, layout: themed },
  };
}

async function draw(figure) {
  const { data, layout } = JSON.parse(figure.querySelector("script").textContent);
  // As text of the page a title wraps, and can be read out.
  figure.prepend(Object.assign(document.createElement("h2"), { textContent: layout.title.text }));
  delete layout.title;
  const place = figure.appendChild(document.createElement("div"));
  const note = layout.meta?.note;
  if (note) figure.append(Object.assign(document.createElement("figcaption"), { textContent: note }));
  const paint = () => Plotly.react(place, data, inPageColours(layout, figure), { responsive: true, displayModeBar: false });
  await paint();
  document.addEventListener("theme", paint);
}

document.querySelectorAll("figure").forEach(draw);
