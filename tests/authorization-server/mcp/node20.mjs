// The conformance tests are made for Node 22: what they import and Node 20 does not have is added, which is
// needed for commands that are not used here.

import { register } from "node:module";

const shim = `data:text/javascript,${encodeURIComponent('export * from "node:fs?"; export { default } from "node:fs?"; export const globSync = () => { throw new Error("not on Node 20"); };')}`;
const hooks = `
export async function resolve(name, context, next) {
  if (name === "node:fs?") return next("node:fs", context);
  if (name === "fs") return { url: ${JSON.stringify(shim)}, shortCircuit: true };
  return next(name, context);
}`;
if (Number(process.versions.node.split(".")[0]) < 22) register(`data:text/javascript,${encodeURIComponent(hooks)}`);
