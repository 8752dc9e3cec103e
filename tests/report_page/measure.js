// Measures the page that it stands in, and writes what it found onto <body>: how wide the page is,
// and every text whose contrast is below WCAG 2.2 AA (1.4.3).
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

function rgba(color) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  return canvas.getImageData(0, 0, 1, 1).data;
}

function luminance([r, g, b]) {
  const linear = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

function background(element) {
  for (let it = element; it; it = it.parentElement) {
    const color = rgba(getComputedStyle(it).backgroundColor);
    if (color[3] === 255) return color;
  }
  return rgba("Canvas");
}

function contrast(element) {
  const style = getComputedStyle(element);
  const inPicture = element instanceof SVGElement;
  const [one, two] = [rgba(inPicture ? style.fill : style.color), background(element)].map(luminance);
  return (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
}

for (const folded of document.querySelectorAll("details")) folded.open = true;

const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const faint = [];
let seen = 0;
for (let text = texts.nextNode(); text; text = texts.nextNode()) {
  const element = text.parentElement;
  const unseen = ["SCRIPT", "STYLE", "title", "desc"].includes(element.tagName);
  if (unseen || !text.data.trim() || !element.getClientRects().length) continue;
  seen += 1;
  const ratio = contrast(element);
  if (ratio < 4.5) faint.push(`${ratio.toFixed(2)} ${text.data.trim().slice(0, 40)}`);
}
Object.assign(document.body.dataset, {
  width: document.documentElement.scrollWidth,
  room: document.documentElement.clientWidth,
  texts: seen,
  faint: faint.join(" | "),
  paper: getComputedStyle(document.body).backgroundColor,
});
