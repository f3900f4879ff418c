import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";
import { forgetAnnouncements } from "@/lib/announcements";
import { forgetAll } from "@/lib/memory";
import { say } from "@/lib/notices";
import { setPaused } from "@/lib/pause";

class NoResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}

// What a browser has and its stand-in lacks.
Object.assign(Element.prototype, { scrollIntoView() {}, getAnimations: () => [] });

/*
 * Without a stylesheet an element's computed style follows from its name, its attributes and what it inherits from an inline
 * style. jsdom matches every rule of its own sheet anew for each element that a role or a name is looked for in, which
 * was a third of the time of these tests.
 */
const compute = window.getComputedStyle.bind(window);
const computed = new Map<string, CSSStyleDeclaration>();

window.getComputedStyle = (element, pseudo) => {
  if (pseudo || inheritsInlineStyle(element)) return compute(element, pseudo);
  const kind = `${element.localName} ${element.getAttribute("type")} ${element.hasAttribute("hidden")} ${element.hasAttribute("open")}`;
  const known = computed.get(kind) ?? compute(element);
  computed.set(kind, known);
  return known;
};

function inheritsInlineStyle(element: Element): boolean {
  if (element.hasAttribute("style")) return true;
  for (let each = element.parentElement; each !== null; each = each.parentElement)
    if (/visibility|pointer-events/.test(each.getAttribute("style") ?? "")) return true;
  return false;
}

// Whole screens on a busy machine: what is there at once is not waited for any longer.
// What is announced also stands somewhere to be seen: a test that looks for text means that.
configure({ asyncUtilTimeout: 20_000, defaultIgnore: "script, style, .announcer, .announcer *" });

beforeEach(() => {
  vi.stubGlobal("scrollTo", () => {});
  vi.stubGlobal("ResizeObserver", NoResizeObserver);
});

afterEach(() => {
  cleanup();
  localStorage.clear();
  forgetAll();
  setPaused(false);
  say(null);
  forgetAnnouncements();
  vi.useRealTimers();
});
