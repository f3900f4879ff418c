import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";

class NoResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}

// What a browser has and its stand-in lacks.
Object.assign(Element.prototype, { scrollIntoView() {}, getAnimations: () => [] });

// Whole screens on a busy machine: what is there at once is not waited for any longer.
configure({ asyncUtilTimeout: 5_000 });

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => {});
  vi.stubGlobal("ResizeObserver", NoResizeObserver);
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  vi.useRealTimers();
});
