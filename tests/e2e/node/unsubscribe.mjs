// A person follows the link in a mail and presses the button: node unsubscribe.mjs <chromium> <url> <button> [screenshot]
import { chromium } from "playwright-core";

const [executablePath, url, button, screenshot] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
const page = await browser.newPage({ viewport: { width: 390, height: 700 } });
const troubles = [];
page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
page.on("pageerror", (error) => troubles.push(String(error)));
await page.goto(url);
const heading = await page.getByRole("heading").innerText();
await page.keyboard.press("Tab");
const focused = await page.evaluate(() => document.activeElement.textContent);
await page.getByRole("button", { name: button }).click();
await page.getByRole("heading", { name: "You are unsubscribed" }).waitFor();
if (screenshot) await page.screenshot({ path: screenshot });
const width = await page.evaluate(() => document.documentElement.scrollWidth);
console.log(JSON.stringify({ heading, focused, said: await page.locator("main").innerText(), width, troubles }));
await browser.close();
