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

export const IconCode = () => (
  <Icon>
    <path d="M5.5 4.5L2 8l3.5 3.5M10.5 4.5L14 8l-3.5 3.5" />
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

export const IconRetry = () => (
  <Icon>
    <path d="M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3" />
  </Icon>
);

export const IconStop = () => (
  <Icon>
    <path d="M4.5 4.5h7v7h-7z" />
  </Icon>
);

export const IconOpen = () => (
  <Icon>
    <path d="M3 8h9M8.5 4.5L12 8l-3.5 3.5" />
  </Icon>
);

export const IconLink = () => (
  <Icon>
    <path d="M6.6 9.4l2.8-2.8M7.5 5l1.2-1.2a2.4 2.4 0 0 1 3.5 3.5L11 8.5M8.5 11l-1.2 1.2a2.4 2.4 0 0 1-3.5-3.5L5 7.5" />
  </Icon>
);

export const IconTrash = () => (
  <Icon>
    <path d="M3 4.5h10M6.5 4.5V3h3v1.5M4.5 4.5l.6 8.5h5.8l.6-8.5" />
  </Icon>
);

export const IconSearch = () => (
  <Icon>
    <path d="M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3L13.5 13.5" />
  </Icon>
);

export const IconPause = () => (
  <Icon>
    <path d="M5.5 3.5v9M10.5 3.5v9" />
  </Icon>
);
