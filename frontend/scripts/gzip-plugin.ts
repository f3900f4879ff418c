// Writes FILE.gz beside each file of the build that is worth it: the server compresses nothing itself, it sends these.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Smaller ones fit into a packet or two as they are. In bytes. */
const WORTH_IT = 1_000;
/** What is not compressed in itself, as fonts and pictures are. */
const TEXT = /\.(?:js|css|html|svg|json|ttf)$/;

export function gzipped(): Plugin {
  return {
    name: "gzipped",
    apply: "build",
    writeBundle({ dir }, bundle) {
      if (dir === undefined) throw new Error("The build names no folder to write to.");
      for (const name of Object.keys(bundle).filter((each) => TEXT.test(each))) {
        const body = readFileSync(join(dir, name));
        if (body.length > WORTH_IT) writeFileSync(join(dir, `${name}.gz`), gzipSync(body, { level: 9 }));
      }
    },
  };
}
