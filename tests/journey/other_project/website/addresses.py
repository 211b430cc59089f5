"""Every address of the project."""

from django.contrib import admin
from django.urls import path

from guestbook import pages, views

urlpatterns = [
    path("", views.front),
    path("-/alive", views.alive),
    path("-/ready", views.ready),
    path("entries/", views.sign),
    path("entries/<int:number>", views.entry),
    path("shout/", views.shout_it),
    path("shout/<str:task>", views.heard),
    path("shared/", views.shared),
    path("address/", views.address),
    path("style/", views.style_of_a_task),
    path("version/", views.version),
    path("guests/", pages.guests, name="guests"),
    path("upload/", pages.upload),
    path("change/<int:number>", pages.change),
    path("admin/", admin.site.urls),
]
