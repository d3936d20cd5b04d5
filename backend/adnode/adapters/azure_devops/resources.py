"""The resources of the REST API that the gateway uses, with the versions of the official 7.1 client.

Location ids: https://learn.microsoft.com/rest/api/azure/devops/wit/
"""

from adnode.adapters.azure_devops.client import Resource

ATTACHMENTS = Resource("e07b5fa4-1499-494d-a496-64b860fd64ff", "7.1-preview.3")
BATCH = Resource("92eefc1f-1e81-473d-88d6-749205248dc3", "7.1-preview.2")
COMMENTS = Resource("608aac0a-32e1-4493-a863-b9cf4566d257", "7.1-preview.4")
CONNECTION_DATA = Resource("00d9565f-ed9c-4a06-9a50-00e7896ccab4", "7.1-preview.1", "location")
NEW_WORK_ITEMS = Resource("62d3d110-0047-428c-ad3c-4fe872c91c74", "7.1-preview.3")
PROJECTS = Resource("603fe2ac-9723-48b9-88ad-09305aa6c6e1", "7.1-preview.4", "core")
RECYCLE_BIN = Resource("b70d8d39-926c-465e-b927-b1bf0e5ca0e0", "7.1-preview.2")
REPORTED_REVISIONS = Resource("f828fe59-dd87-495d-a17c-7a8d6211ca6c", "7.1-preview.2")
REVISIONS = Resource("a00c85a5-80fa-4565-99c3-bcd2181434bb", "7.1-preview.3")
TYPE_CATEGORIES = Resource("9b9f5734-36c8-415e-ba67-f83b45c31408", "7.1-preview.2")
TYPE_FIELDS = Resource("bd293ce5-3d25-4192-8e67-e8092e879efb", "7.1-preview.3")
TYPE_STATES = Resource("7c9d7a76-4a09-43e8-b5df-bd792f4ac6aa", "7.1-preview.1")
TYPES = Resource("7c8d7a76-4a09-43e8-b5df-bd792f4ac6aa", "7.1-preview.2")
WIQL = Resource("1a9c53f7-f243-4447-b110-35ef023636e4", "7.1-preview.2")
WORK_ITEMS = Resource("72c7ddf8-2cdc-4f60-90cd-ab71c14a399b", "7.1-preview.3")
