import { useEffect, useLayoutEffect, useRef } from "react";
import { keepInPlace } from "@/lib/keep-in-place";
import { useRemembered } from "@/lib/remembered";
import { KEYS } from "@/lib/use-key";

export const themes = ["system", "light", "dark"] as const;

export function useTheme() {
  return useRemembered("theme", themes);
}

/** Light, dark, or as the system has it; this browser remembers it. */
export function ThemeChoice() {
  const [theme, setTheme] = useTheme();
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
  }, [theme]);
  return <Choices of="Theme" choices={themes} chosen={theme} onChoose={setTheme} />;
}

export const densities = ["comfortable", "dense"] as const;

export function useDensity() {
  return useRemembered("rows", densities);
}

/** How close the rows of tables stand; this browser remembers it. */
export function DensityChoice() {
  const [density, setDensity] = useDensity();
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const here = place.current?.contains(document.activeElement) ? place.current : firstRowInView();
    keepInPlace(here, () => (document.documentElement.dataset["density"] = density));
  }, [density]);
  return (
    <div ref={place}>
      <Choices of="Rows" choices={densities} chosen={density} onChoose={setDensity} />
    </div>
  );
}

/** Where somebody reads who has chosen elsewhere: in the palette, in another tab. */
function firstRowInView(): Element | undefined {
  return [...document.querySelectorAll("tbody tr")].find((row) => row.getBoundingClientRect().top >= 0);
}

interface ChoicesProps<Choice extends string> {
  of: string;
  choices: readonly Choice[];
  chosen: Choice;
  onChoose: (choice: Choice) => void;
}

function Choices<Choice extends string>({ of, choices, chosen, onChoose }: ChoicesProps<Choice>) {
  return (
    <fieldset className="choices">
      <legend>{of}</legend>
      {choices.map((each) => (
        <label key={each}>
          <input type="radio" name={of} checked={chosen === each} onChange={() => onChoose(each)} />
          {each}
        </label>
      ))}
    </fieldset>
  );
}

/** Whether single keys act; this browser remembers it. */
export function KeySwitch() {
  const [keys, setKeys] = useRemembered("keys", KEYS);
  return (
    <label className="key-switch">
      <input
        type="checkbox"
        checked={keys === "on"}
        onChange={(event) => setKeys(event.target.checked ? "on" : "off")}
      />
      Single keys act
    </label>
  );
}
