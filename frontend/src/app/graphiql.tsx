import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import "./graphiql.css";

const FIRST_QUERY = `# Zonda's API. Ctrl+Enter runs the operation that the cursor is in.

query Newest {
  tasks(first: 5) {
    nodes { id name args kwargs status result error }
    counts { queueing running failed finished }
  }
}

mutation Add {
  createTask(name: "add", args: [1, 2]) { id status }
}
`;

const place = document.getElementById("graphiql");
if (!place) throw new Error("graphiql.html has no element #graphiql");

async function send(operation: object) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, application/json",
    },
    body: JSON.stringify(operation),
  });
  return (await response.json()) as object;
}

createRoot(place).render(<GraphiQL fetcher={send} defaultQuery={FIRST_QUERY} />);
