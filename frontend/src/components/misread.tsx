/** What the address asks for and means nothing there: it is said, not passed over. */
export function Misread({ misread }: { misread: string[] }) {
  if (misread.length === 0) return null;
  return (
    <p className="field-error" role="alert">
      The address asks for {misread.join(" and ")}, which means nothing here: it is left out.
    </p>
  );
}
