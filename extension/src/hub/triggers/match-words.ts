import type { Preview } from "../../common/api/triggers-api";
import { count } from "../../common/times";

type Figures = Pick<Preview, "matches" | "is_many">;

/** "128", "20,000 or more"; a dash for what is not known. */
export function describeMatches({ matches, is_many: isMany }: Figures): string {
  if (matches === null) return "–";
  return isMany ? `${matches.toLocaleString()} or more` : matches.toLocaleString();
}

/** "128 work items match now." */
export function describeMatching({ matches, is_many: isMany }: Figures): string {
  if (matches === null) return "How many work items match can't be counted: that takes Azure DevOps too long.";
  if (isMany) return `${matches.toLocaleString()} work items or more match now.`;
  return `${count(matches, "work item")} ${matches === 1 ? "matches" : "match"} now.`;
}
