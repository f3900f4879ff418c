import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { vi } from "vitest";
import { App } from "@/app/app";
import { FakeServer } from "./fake-server";

/** The whole page at an address, with a fake server behind it that `prepare` sets up. */
export function renderPage(address: string, prepare: (server: FakeServer) => void = () => {}) {
  const server = new FakeServer();
  prepare(server);
  vi.stubGlobal("fetch", server.handle);
  history.replaceState(null, "", address);
  render(<App />);
  return { server, user: userEvent.setup() };
}

/** Put the document in the background, or back. */
export function setHidden(hidden: boolean): void {
  Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}
