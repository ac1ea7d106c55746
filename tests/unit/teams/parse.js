// Parses cards with Microsoft's renderer, as Teams does. In: {name: card}; out: {name: [what it complains about]}.
"use strict";
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const cards = require(join(process.argv[2], "adaptivecards/dist/adaptivecards.min.js"));

// Teams' own: learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-reference
const TEAMS = new cards.HostConfig({ actions: { maxActions: 6 } });

const found = {};
for (const [name, content] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const context = new cards.SerializationContext(cards.Versions.v1_5);
  const card = new cards.AdaptiveCard();
  card.hostConfig = TEAMS;
  card.parse(content, context);
  found[name] = [];
  for (let place = 0; place < context.eventCount; place++) {
    found[name].push(context.getEventAt(place).message);
  }
  const shown = (content.actions ?? []).filter((action) => action.mode !== "secondary").length;
  for (const event of card.validateProperties().validationEvents) {
    // It also counts the actions in the menu, which are not shown.
    if (event.event !== cards.ValidationEvent.TooManyActions || shown > TEAMS.actions.maxActions) {
      found[name].push(event.message);
    }
  }
  if (card.getItemCount() !== content.body.length) {
    found[name].push(`${card.getItemCount()} of ${content.body.length} elements are left`);
  }
  if (card.getActionCount() !== (content.actions ?? []).length) {
    found[name].push(`${card.getActionCount()} of ${(content.actions ?? []).length} actions are left`);
  }
}
process.stdout.write(JSON.stringify(found));
