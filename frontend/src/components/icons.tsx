import type { ReactNode } from "react";

/** Drawn on a 16 px grid in the colour of the text; the word beside it says what it means. */
function Icon({ children }: { children: ReactNode }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const IconHourglass = () => (
  <Icon>
    <path d="M4 2.5h8M4 13.5h8M5 2.5c0 3 3 3.6 3 5.5S5 10.5 5 13.5M11 2.5c0 3-3 3.6-3 5.5s3 2.5 3 5.5" />
  </Icon>
);

export const IconPlayer = () => (
  <Icon>
    <path d="M5 3.2v9.6l7.6-4.8z" fill="currentColor" />
  </Icon>
);

export const IconCross = () => (
  <Icon>
    <path d="M4 4l8 8M12 4l-8 8" />
  </Icon>
);

export const IconCheck = () => (
  <Icon>
    <path d="M3 8.5l3.4 3.4L13 4.8" />
  </Icon>
);

export const IconPlus = () => (
  <Icon>
    <path d="M8 3v10M3 8h10" />
  </Icon>
);

export const IconDown = () => (
  <Icon>
    <path d="M4 6l4 4 4-4" />
  </Icon>
);

export const IconWarning = () => (
  <Icon>
    <path d="M8 2.2l6.2 11.3H1.8zM8 6.5v3.2M8 11.6v.1" />
  </Icon>
);

export const IconArrow = () => (
  <Icon>
    <path d="M8 13V3M4 7l4-4 4 4" />
  </Icon>
);
