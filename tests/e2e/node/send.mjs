// Sends one person's calls with the published client: node send.mjs <host> <path> <write key> <user id> <how many>
import { Analytics } from "@segment/analytics-node";

const [host, path, writeKey, userId, count] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host, path, flushAt: 10 });
analytics.on("error", (error) => {
  console.error(error);
  process.exitCode = 1;
});
analytics.identify({ userId, traits: { email: `${userId}@example.com` } });
for (let n = 0; n < Number(count); n += 1) {
  analytics.track({ userId, event: "Product Added", properties: { product_id: `p-${n}`, price: 1.5 } });
}
await analytics.closeAndFlush();
