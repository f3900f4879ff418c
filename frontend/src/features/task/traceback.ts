/** A stretch of a traceback: text to read, or frames of libraries that follow each other, to be folded. */
export interface Piece {
  text: string;
  /** How many frames of libraries these are; none in text to read. */
  libraryFrames: number;
}

/** Where a frame begins. What stands deeper beneath is its source; the frames of a group have a bar before them and stay as they are. */
const FRAME = /^ {2}File "(.*)", line \d+/;
const BENEATH = /^ {4}|^ {2}\[Previous line repeated /;
/** What is not the reader's own, as backend/tasks/frames.py says it: installed packages, Python's own library, what is built in, … */
const LIBRARY = /\/(?:site|dist)-packages\/|\/lib\/python\d|^</i;
/** … and Zonda's own packages, where they lie beside one of the files through which a task function gets into them. */
const ZONDA = ["backend/tasks", "client", "wire", "workers"];
const ENTRY = /\/backend\/tasks\/(?:backend|context|execution|interruptions|task|testing)\.py$/;

/** Of each frame of one traceback, by its file: whether it is the reader's own. */
export function areOwn(files: readonly string[]): boolean[] {
  const named = files.map((file) => file.replaceAll("\\", "/"));
  const homes = new Set(named.filter((file) => ENTRY.test(`/${file}`)).flatMap(homesOf));
  return named.map((file) => !LIBRARY.test(file) && !homesOf(file).some((home) => homes.has(home)));
}

/** The folders that would be Zonda's, if this were a file of its packages. */
function homesOf(file: string): string[] {
  const path = `/${file}`;
  return ZONDA.map((name) => path.lastIndexOf(`/${name}/`))
    .filter((at) => at >= 0)
    .map((at) => path.slice(0, at));
}

/** Python's traceback in pieces, in its order; their texts with a line break between them are the whole. */
export function piecesOf(traceback: string): Piece[] {
  const pieces: { lines: string[]; libraryFrames: number }[] = [];
  const lines = traceback.split("\n").map((line) => ({ line, file: FRAME.exec(line)?.[1] }));
  const own = areOwn(lines.flatMap(({ file }) => file ?? [])).values();
  let isLibrary = false;
  for (const { line, file } of lines) {
    if (file !== undefined) isLibrary = own.next().value === false;
    else if (!BENEATH.test(line)) isLibrary = false;
    let piece = pieces.at(-1);
    if (piece === undefined || piece.libraryFrames > 0 !== isLibrary) {
      piece = { lines: [], libraryFrames: 0 };
      pieces.push(piece);
    }
    piece.lines.push(line);
    if (isLibrary && file !== undefined) piece.libraryFrames += 1;
  }
  return pieces.map(({ lines, libraryFrames }) => ({ text: lines.join("\n"), libraryFrames }));
}
