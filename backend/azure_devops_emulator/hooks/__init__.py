"""Service hooks: subscriptions to work item events, and their delivery to receivers."""

from azure_devops_emulator.hooks.delivery import Delivery
from azure_devops_emulator.hooks.subscriptions import Subscription, SubscriptionError, Subscriptions

__all__ = ["Delivery", "Subscription", "SubscriptionError", "Subscriptions"]
