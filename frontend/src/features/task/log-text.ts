import { visible } from "@/lib/visible";

/* eslint-disable no-control-regex -- control characters are what this file is about */

/** Colours, cursor moves, window titles and links of a terminal: ESC with what belongs to it. */
const ESCAPES = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]/g;
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/**
 * A line as text that can do no harm: a terminal's escapes are left out, what was overwritten after a carriage return too,
 * and every other control character is shown instead of obeyed.
 */
export function cleanLine(text: string): string {
  if (!/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(text)) return visible(text);
  const plain = text.replace(ESCAPES, "").replace(/\r+$/, "");
  return visible(plain.slice(plain.lastIndexOf("\r") + 1).replace(CONTROLS, picture));
}

function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "␡" : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}
