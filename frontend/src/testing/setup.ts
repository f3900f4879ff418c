import { cleanup } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// What a browser has and its stand-in lacks.
vi.stubGlobal("scrollTo", () => {});
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
Element.prototype.scrollIntoView ??= () => {};
Element.prototype.getAnimations ??= () => [];

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.useRealTimers();
});
