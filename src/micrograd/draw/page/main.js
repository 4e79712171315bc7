// The page: the payload it carries, mounted.

import { mount } from "./mount.js";

mount(document.querySelector("#explain"), JSON.parse(document.querySelector("#payload").textContent), {
  keyTarget: document,
  heading: "h1",
});
