import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import type { FetcherParams } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { Kind, parse } from "graphql";
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

/* GraphiQL learns the operations' names a moment after the last key: a name that the text has no more is left out. */
function current(operation: FetcherParams): FetcherParams {
  try {
    const isThere = parse(operation.query).definitions.some(
      (definition) =>
        definition.kind === Kind.OPERATION_DEFINITION && definition.name?.value === operation.operationName,
    );
    if (isThere) return operation;
  } catch {
    // The server says better than we could what is wrong with the text.
  }
  return { query: operation.query, variables: operation.variables as unknown };
}

async function send(operation: FetcherParams) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/graphql-response+json, application/json",
    },
    body: JSON.stringify(current(operation)),
  });
  return (await response.json()) as object;
}

createRoot(place).render(<GraphiQL fetcher={send} defaultQuery={FIRST_QUERY} />);
