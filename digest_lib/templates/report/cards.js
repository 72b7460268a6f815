// Searches, filters, orders and divides the papers' cards; all of them stand in the page already.
const form = document.getElementById("controls");

// Without case and accents, so that "schrodinger" finds "Schrödinger".
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const fill = (element, ...values) => {
  element.textContent = element.dataset.text.replace(/\{(\d)\}/g, (_, place) => values[place]);
};

function paperOf(element, place) {
  const texts = [...element.querySelectorAll("h3, p, .authors")].map((part) => part.textContent);
  const formulas = [...element.querySelectorAll("math")].map((formula) => formula.getAttribute("alttext"));
  return {
    element, place, id: element.id,
    text: fold([...texts, ...formulas].join(" ")),
    title: element.querySelector("h3").textContent,
    score: Number(element.dataset.score), local: Number(element.dataset.local || -1),
    followed: "followed" in element.dataset, field: element.dataset.field, category: element.dataset.category,
  };
}

// Each falls back on the digest's order, in which the page was written.
const orders = {
  field: () => 0,
  score: (a, b) => b.score - a.score,
  local: (a, b) => b.local - a.local,
  id: (a, b) => b.id.localeCompare(a.id),
  title: (a, b) => a.title.localeCompare(b.title),
};

function start() {
  const above = document.getElementById("above"), below = document.getElementById("below");
  const count = document.getElementById("shown");
  const papers = [...document.querySelectorAll(".card")].map(paperOf);
  const groups = [...above.querySelectorAll(".group")];
  const { query, field, category, order, threshold } = form.elements;

  const reaches = (paper) => paper.followed || paper.score >= Number(threshold.value);

  // Puts the cards above or below the threshold, each part in order.
  function arrange() {
    const sorted = papers.toSorted((a, b) => orders[order.value](a, b) || a.place - b.place);
    const [upper, lower] = [sorted.filter(reaches), sorted.filter((paper) => !reaches(paper))];
    for (const group of order.value === "field" ? groups : []) {
      above.append(group, ...upper.filter((paper) => paper.field === group.dataset.field).map((paper) => paper.element));
    }
    if (order.value !== "field") above.append(...upper.map((paper) => paper.element));
    below.querySelector("div").append(...lower.map((paper) => paper.element));
    document.getElementById("threshold-value").textContent = Number(threshold.value).toFixed(1);
    fill(document.getElementById("at-threshold"), upper.length);
  }

  // Hides what the words and filters leave out, and says what is left.
  function sift() {
    const words = fold(query.value).split(/\s+/);
    const shown = papers.filter((paper) => words.every((word) => paper.text.includes(word))
      && (!field.value || paper.field === field.value)
      && (!category.value || paper.category === category.value));
    const found = new Set(shown), upper = new Set(shown.filter(reaches).map((paper) => paper.field));
    for (const paper of papers) paper.element.hidden = !found.has(paper);
    for (const group of groups) group.hidden = order.value !== "field" || !upper.has(group.dataset.field);
    const left = shown.filter((paper) => !reaches(paper)).length;
    below.hidden = left === 0;
    fill(below.querySelector("summary"), left);
    fill(count, shown.length, papers.length);
    if (!shown.length) count.textContent = count.dataset.nothing;
  }

  form.addEventListener("input", (event) => {
    if (event.target === order || event.target === threshold) arrange();
    sift();
  });
  // What is searched for is found below the threshold, too.
  query.addEventListener("input", () => { below.open = query.value.trim() !== ""; });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const link of document.querySelectorAll("#today a[data-field]")) {
    link.addEventListener("click", () => { field.value = link.dataset.field; sift(); });
  }
  form.hidden = false;
  arrange();
  sift();
}

if (form) start();
