// The body of a small request.

const LIMIT = 64 * 1024;

async function read(req) {
  const parts = [];
  let length = 0;
  for await (const part of req) {
    length += part.length;
    if (length > LIMIT) throw new Error("the body is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

export const readForm = async (req) => new URLSearchParams(await read(req));
export const readJson = async (req) => JSON.parse((await read(req)) || "{}");
