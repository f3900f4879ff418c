interface Props {
  text: () => string;
  /** What the file is called: "task-7.log". */
  name: string;
  /** Names it for screen readers: "Download log". */
  what: string;
}

/** Saves text as a file, which is made when one asks for it. */
export function DownloadButton({ text, name, what }: Props) {
  const download = () => {
    const address = URL.createObjectURL(new Blob([text()], { type: "text/plain;charset=utf-8" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
    // The browser has taken hold of the file by then, and the page need not keep it.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  };
  return (
    <button type="button" className="button small" aria-label={`Download ${what}`} onClick={download}>
      Download
    </button>
  );
}
