/** A stretch of a traceback: text to read, or frames of libraries that follow each other, to be folded. */
export interface Piece {
  text: string;
  /** How many frames of libraries these are; none in text to read. */
  libraryFrames: number;
}

/** Where a frame begins. What stands deeper beneath is its source; the frames of a group have a bar before them and stay as they are. */
const FRAME = /^ {2}File "(.*)", line \d+/;
const BENEATH = /^ {4}|^ {2}\[Previous line repeated /;
/** Where Python keeps what is not the reader's own: installed packages, its own library, and what is built in. */
const LIBRARY = /[\\/](?:site|dist)-packages[\\/]|[\\/]lib[\\/]python\d|^<frozen /i;

/** Python's traceback in pieces, in its order; their texts with a line break between them are the whole. */
export function piecesOf(traceback: string): Piece[] {
  const pieces: { lines: string[]; libraryFrames: number }[] = [];
  let isLibrary = false;
  for (const line of traceback.split("\n")) {
    const file = FRAME.exec(line)?.[1];
    if (file !== undefined) isLibrary = LIBRARY.test(file);
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
