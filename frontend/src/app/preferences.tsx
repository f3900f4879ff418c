import { useEffect } from "react";
import { useRemembered } from "@/lib/remembered";
import { KEYS } from "@/lib/use-key";

const themes = ["system", "light", "dark"] as const;

/** What this browser remembers of the reader: the theme, and whether single keys act. */
export function Preferences() {
  const [theme, setTheme] = useRemembered("theme", themes);
  const [keys, setKeys] = useRemembered("keys", KEYS);
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
  }, [theme]);
  return (
    <>
      <fieldset className="themes">
        <legend>Theme</legend>
        {themes.map((each) => (
          <label key={each}>
            <input type="radio" name="theme" checked={theme === each} onChange={() => setTheme(each)} />
            {each}
          </label>
        ))}
      </fieldset>
      <label>
        <input
          type="checkbox"
          checked={keys === "on"}
          onChange={(event) => setKeys(event.target.checked ? "on" : "off")}
        />
        <span>
          Single keys: <kbd>C</kbd> create, <kbd>/</kbd> filter, <kbd>J</kbd> <kbd>K</kbd> rows, <kbd>R</kbd>{" "}
          retry, <kbd>X</kbd> cancel
        </span>
      </label>
    </>
  );
}
