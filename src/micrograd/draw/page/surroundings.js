// What the page around a widget looks like: notebooks have themes of their own.

const BRIGHT = 128; // half of 255

// Returns "dark" where the page writes in a bright colour, else "light".
export function themeAround(element) {
  const [red, green, blue] = channelsOf(getComputedStyle(element).color);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > BRIGHT ? "dark" : "light";
}

// Returns red, green and blue, up to 255. Colours are written in many ways, all of which a canvas can paint.
function channelsOf(colour) {
  if (/^rgba?\(/.test(colour)) return colour.match(/[\d.]+/g).map(Number);
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = canvas.getContext("2d");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data];
}

// Calls back when the page's theme becomes another; returns a function that ends it.
export function watchTheme(callback) {
  const body = document.body;
  let theme = themeAround(body);
  const observer = new MutationObserver(() => {
    const before = theme;
    theme = themeAround(body);
    if (theme !== before) callback(theme);
  });
  for (const element of [document.documentElement, body]) observer.observe(element, { attributes: true });
  return () => observer.disconnect();
}
