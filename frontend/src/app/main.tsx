import { CSPProvider } from "@base-ui/react/csp-provider";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import "./look.css";
import "./frame.css";
import "./live.css";
import "./table.css";
import "./tasks.css";
import "./selection.css";
import "./task-rows.css";
import "./filter.css";
import "./places.css";
import "./form.css";
import "./task.css";
import "./palette.css";
import "./chart.css";
import "./forced.css";

const place = document.getElementById("page");
if (!place) throw new Error("index.html has no element #page");

createRoot(place).render(
  <StrictMode>
    {/* The security policy allows no style elements; what they would say stands in the style sheets. */}
    <CSPProvider disableStyleElements>
      <App />
    </CSPProvider>
  </StrictMode>,
);
