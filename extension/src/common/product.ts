/** What the product is called on its own page. The entry in Azure DevOps' settings is named by the manifest. */
export const PRODUCT_NAME = "adnode";

export const WORK_ITEM_PANEL_NAME = "Exalate";
