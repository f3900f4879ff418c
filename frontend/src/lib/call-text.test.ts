import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { type Call, curlText, pythonText, variablesText } from "./call-text";
import { Operation } from "./graphql";
import { parseJson } from "./json";

const ADDRESS = "http://127.0.0.1:8000/graphql";
const NASTY = `it's "quoted" \\ $HOME \`id\` \n\u2028é`;

const call = (variables: object): Call => ({
  operation: new Operation("mutation Pause($name: String!) {\n  pauseQueue(name: $name) {\n    name\n  }\n}"),
  variables,
});

test("the variables are as they are sent", () =>
  expect(variablesText(call({ ids: ["a", "b"] }))).toBe('{\n  "ids": [\n    "a",\n    "b"\n  ]\n}'));

test("the command hands a shell exactly what is sent", () => {
  const command = curlText(call({ name: NASTY }), ADDRESS);

  const given = execFileSync("sh", ["-c", command.replace(/^curl/, "printf '%s\\0'")])
    .toString()
    .split("\0");

  expect(given.slice(0, 4)).toEqual([ADDRESS, "-H", "Content-Type: application/json", "--data-binary"]);
  expect(JSON.parse(given[4]!)).toEqual({
    query: "mutation Pause($name: String!) { pauseQueue(name: $name) { name } }",
    variables: { name: NASTY },
  });
});

test("the program has the variables as Python writes them", () => {
  const search = "a text that is too long for one line, together with what stands beside it";
  const filter = { status: ["FAILED"], none: [], on: true, off: null, last: {}, search };
  const variables = { name: NASTY, filter };
  const exact = { number: parseJson("12345678901234567890") };

  const program = pythonText(call({ ...variables, ...exact }), ADDRESS);

  expect(program).toContain(`
    "filter": {
        "status": ["FAILED"],
        "none": [],
        "on": True,
        "off": None,
        "last": {},
        "search": "${search}",
    },
    "number": 12345678901234567890,
}
`);
  expect(program).toContain('query = """\nmutation Pause($name: String!) {\n');
  const printed = execFileSync(
    "python3",
    ["-c", `${program.split("\nbody = ")[0]}\nprint(json.dumps(variables))`],
    { encoding: "utf8" },
  );
  expect(JSON.parse(printed.replace("12345678901234567890", '"n"'))).toEqual({ ...variables, number: "n" });
});
